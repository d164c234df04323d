from edgeattn_converters.lint.repaired import before_and_after
from edgeattn_converters.lint.subject import Subject, calls


def looks_for(word):
    return lambda program: [node for node in calls(program) if word in node.name]


def subject(program, before, after):
    return Subject(program(before, (1, 8)), program(after, (1, 8)), ())


def test_what_is_gone_is_repaired_and_what_is_left_is_not(program):
    given = subject(program, lambda _, x: x.exp().exp().sin(), lambda _, x: x.exp().sin())
    seen = [repaired for _, repaired in before_and_after(given, looks_for("exp"))]
    assert seen == [False, True]


def test_where_all_is_left_nothing_is_repaired(program):
    same = subject(program, lambda _, x: x.exp(), lambda _, x: x.exp())
    assert [repaired for _, repaired in before_and_after(same, looks_for("exp"))] == [False]


def test_where_nothing_was_nothing_is_said(program):
    given = subject(program, lambda _, x: x.sin(), lambda _, x: x.sin())
    assert list(before_and_after(given, looks_for("exp"))) == []
