import pytest

from edgeattn_converters.search.alike import guessed, spread, stand_ins
from tests.converters.search.subjects import subject


def test_a_group_stands_in_for_those_with_the_same_operators_on_the_same_shapes():
    one = subject()
    found = stand_ins(one, ("int8",) * len(one.groups))
    assert set(found) == {group.name for group in one.groups}
    assert all(found[other] == other for other in found.values())
    parts = {group.name: (group.part, group.choices, len(group.members)) for group in one.groups}
    assert all(parts[name] == parts[other] for name, other in found.items())


def test_a_group_that_is_placed_otherwise_now_is_not_alike():
    one = subject("deep")
    groups = [group.name for group in one.groups]
    alike = stand_ins(one, ("int8",) * len(groups))
    shared = next(name for name in groups if list(alike.values()).count(alike[name]) > 2)
    other = next(name for name in groups if alike[name] == alike[shared] and name != shared)
    mix = tuple("float" if name == other else "int8" for name in groups)
    assert stand_ins(one, mix)[other] == other
    assert other not in [stand_ins(one, mix)[name] for name in groups if name != other]


def test_a_guess_is_the_mean_of_the_same_part_in_the_same_precision():
    groups = subject().groups
    convs = [group.name for group in groups if group.part == "conv"]
    known = {(convs[0], "int8"): 1.0, (convs[1], "int8"): 3.0, (convs[0], "float"): 9.0}
    found = guessed(known, groups, [(convs[-1], "int8"), ("head", "int8")])
    assert found == {(convs[-1], "int8"): pytest.approx(2.0), ("head", "int8"): 0.0}


def test_a_spread_holds_everything_once():
    assert sorted(spread(range(11))) == list(range(11))
    assert spread(range(11))[:3] == [0, 4, 8]
