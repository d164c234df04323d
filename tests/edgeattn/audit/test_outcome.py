from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.edgeattn.audit.conftest import Make


def test_the_text_begins_with_the_answer_and_has_a_line_for_each_candidate(audited: Make) -> None:
    found = audited()
    lines = found.text().splitlines()
    assert lines[0] == found.worth.sentence
    assert lines[0].startswith(
        "Attention is worth it here: after 20 epochs hybrid gets 16.00 points more"
    )
    names = [line.split()[0] for line in lines if line[:1].islower() and "points" not in line]
    assert [name for name in names if name != "motions.npz:"][:1] != []
    for name in ("cnn", "recurrent", "single-head", "multi-head", "hybrid"):
        assert any(line.startswith(f"{name} ") for line in lines)
    assert "70.00 % (float)" in found.text()
    assert "within 5 %, 20 epochs each" in found.text()


def test_json_has_no_number_that_json_does_not_know(audited: Make) -> None:
    facts = json.loads(json.dumps(audited().to_json(), allow_nan=False))
    assert facts["size"] == {
        "equal": "macs", "goal": 1_000_000, "tolerance": 0.1, "smallest": 1_000_000,
        "largest": 1_050_000,
    }  # fmt: skip
    assert facts["data"]["own_test_set"] is False
    assert facts["verdict"]["answer"] == "yes"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"epochs": 3}, "3 of the usual 40 epochs are few"),
        ({"spent_s": 900.0}, "it took 15m where 10m were asked for"),
        ({}, "no test set of their own"),
        ({}, "recurrent: no int8 file: no <operator>"),
        ({}, "one training each"),
    ],
)
def test_what_weakens_the_answer_is_said(audited: Make, plan: dict[str, Any], words: str) -> None:
    assert any(words in remark for remark in audited(**plan).remarks())


def test_what_does_not_weaken_it_is_not_said(audited: Make) -> None:
    said = " ".join(audited().remarks())
    assert "are few" not in said
    assert "it took" not in said


def test_samples_that_belong_together_are_named(audited: Make) -> None:
    found = audited()
    splits = replace(found.material.splits, name="sp_sw_har:watch")
    together = replace(found, material=replace(found.material, splits=splits))
    assert any("every interval is too narrow" in remark for remark in together.remarks())
    assert not any("too narrow" in remark for remark in found.remarks())
