from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgeattn.audit.comparison import compare
from edgeattn.audit.material import Material
from edgeattn.audit.outcome import Audited
from edgeattn.audit.page import render_html, write_page
from edgeattn.audit.record import Record
from edgeattn.audit.result import Compared, Finished
from edgeattn.audit.verdict import decide
from edgeattn_runtime.context import Context
from edgeattn_runtime.latency import RatioInterval, summarise

Make = Callable[..., Audited]


@pytest.fixture
def audited(material: Material, finished: Callable[..., Finished], tmp_path: Path) -> Make:
    def make(**plan: Any) -> Audited:
        done = [
            finished("cnn", right=80),
            finished("recurrent", right=70, validation=0.7, int8=None, reason="no <operator>"),
            finished("single-head", right=85, validation=0.8),
            finished("multi-head", right=90, validation=0.8),
            finished("hybrid", right=96, macs=1_050_000),
        ]
        latency = summarise([1.0, 1.1, 1.2, 1.3, 1.4, 1.5])
        compared = tuple(
            Compared(
                one,
                None if one.family == "cnn" else compare(one.correct, done[0].correct),
                None if one.int8 is None else latency,
                None if one.int8 is None else RatioInterval(1.2, 1.1, 1.3),
            )
            for one in done
        )
        record = Record(tmp_path, {}, **{"budget_s": 600.0, "epochs": 20, "spent_s": 500.0, **plan})
        worth = decide(compared[4], compared[0])
        return Audited(material, record, compared, worth, Context(), 1_000_000, 0)

    return make


def test_the_text_begins_with_the_answer_and_has_a_line_for_each_candidate(audited: Make) -> None:
    found = audited()
    lines = found.text().splitlines()
    assert lines[0] == found.worth.sentence
    assert lines[0].startswith("Attention is worth it here: hybrid gets 16.00 points more")
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
        ({"epochs": 3}, "fewer than 10 epochs (3) are few"),
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


def test_the_page_shows_every_candidate_and_escapes_what_comes_from_outside(audited: Make) -> None:
    page = render_html(audited())
    assert "no &lt;operator&gt;" in page
    assert "<script" not in page
    for name in ("cnn", "recurrent", "single-head", "multi-head", "hybrid"):
        assert page.count(name) > 2
    assert page.count('class="chart"') == 4 + 5 + 4 + 4  # gains, accuracies, latencies, sizes


def test_both_files_are_whole_or_not_there(audited: Make, tmp_path: Path) -> None:
    write_page(tmp_path / "out", audited())
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "audit.html",
        "audit.json",
    ]
    assert json.loads((tmp_path / "out" / "audit.json").read_text())["verdict"]["answer"] == "yes"
