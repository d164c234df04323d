import dataclasses

import pytest

from edgeattn_converters.lint.finding import Finding, gathered

WHOLE = {
    "rule": "mask",
    "severity": "info",
    "op": "softmax",
    "layer": "blocks.0",
    "why": "it hurts",
    "remedy": "do this",
    "evidence": "measured here",
}


def test_a_finding_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Finding(**WHOLE).why = "else"


def test_an_unknown_severity_is_refused_by_name():
    with pytest.raises(ValueError, match="severity is 'fatal'; choose from error, warning, info"):
        Finding(**{**WHOLE, "severity": "fatal"})


@pytest.mark.parametrize("name", ["rule", "op", "why", "remedy", "evidence"])
def test_a_finding_that_explains_nothing_is_refused(name):
    with pytest.raises(ValueError, match=f"has no {name}"):
        Finding(**{**WHOLE, name: ""})


def test_a_finding_may_stand_outside_of_any_layer():
    assert Finding(**{**WHOLE, "layer": ""}).layer == ""


def test_a_finding_of_nothing_is_refused():
    with pytest.raises(ValueError, match="counts 0 operators"):
        Finding(**WHOLE, count=0)


def test_findings_that_differ_in_their_place_alone_become_one():
    here, there = Finding(**WHOLE), Finding(**{**WHOLE, "layer": "blocks.1"}, count=2)
    other = Finding(**{**WHOLE, "why": "else"})
    both, alone = gathered([here, other, there])
    assert (both.count, both.layers, both.layer) == (3, ("blocks.0", "blocks.1"), "blocks.0")
    assert alone == other
