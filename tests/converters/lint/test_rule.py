import pytest

from edgeattn_converters.lint.rule import Rule

WHOLE = {
    "name": "some-rule", "severity": "warning", "finds": "A thing.", "why": "it hurts",
    "remedy": "do this", "evidence": ("measured",),
}  # fmt: skip


def test_a_rule_is_linked_by_its_heading():
    assert Rule(**WHOLE).link == "docs/lint.md#some-rule"


def test_a_finding_takes_what_it_leaves_out_from_the_rule():
    finding = Rule(**WHOLE).finding(op="gelu", layer="0", why="here it is")
    assert (finding.severity, finding.remedy, finding.fixable) == ("warning", "do this", False)
    assert finding.evidence == "docs/lint.md#some-rule"


def test_a_finding_may_be_less_serious_and_say_more():
    finding = Rule(**WHOLE).finding(op="a", layer="", why="b", remedy="c", severity="info", count=3)
    assert (finding.severity, finding.remedy, finding.count) == ("info", "c", 3)


def test_what_is_repaired_asks_nothing_of_the_user():
    finding = Rule(**WHOLE).repaired_finding(op="gelu", layer="0", why="here it is")
    assert (finding.severity, finding.fixable) == ("info", True)
    assert finding.remedy.startswith("nothing")


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("name", "SomeRule", "kebab-case"),
        ("severity", "fatal", "choose from error, warning, info"),
        ("repaired", "maybe", "choose from always, sometimes, never"),
        ("why", "", "has no why"),
        ("evidence", (), "has no evidence"),
    ],
)
def test_an_incomplete_rule_is_refused(part, value, message):
    with pytest.raises(ValueError, match=message):
        Rule(**{**WHOLE, part: value})
