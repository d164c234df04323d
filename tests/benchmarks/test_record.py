from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.measuring import FULL, QUICK
from benchmarks.record import Bar, Page, Table, write
from edgeattn_runtime.machine import context

PAGE = Page(
    name="page",
    title="A page",
    lead="What was asked.",
    tables=(Table("Forms", ("form", "ms"), (("a", "1.0"), ("b", "2.0"))),),
    data={"numbers": [1.0, 2.0]},
    bars=(Bar("speed", ">= 2x", "1.50x", False), Bar("size", "<= 2 MB", "1 MB", True)),
)


def test_a_page_says_how_it_was_made(tmp_path: Path) -> None:
    write(PAGE, folder=tmp_path, effort=QUICK, before=context(threads=1), module="page")
    text = (tmp_path / "page.md").read_text()
    assert text.startswith(
        "# A page\n\nWhat was asked.\n\nMade by `python -m benchmarks.page --quick`"
    )
    assert "quick run" in text
    assert "onnxruntime" in text


def test_missed_bars_are_not_hidden(tmp_path: Path) -> None:
    write(PAGE, folder=tmp_path, effort=FULL, before=context(threads=1), module="page")
    text = (tmp_path / "page.md").read_text()
    assert "| speed | >= 2x | 1.50x | **missed** |" in text
    assert "| size | <= 2 MB | 1 MB | reached |" in text
    assert "--quick" not in text


def test_the_json_holds_numbers_machine_and_versions(tmp_path: Path) -> None:
    write(PAGE, folder=tmp_path, effort=FULL, before=context(threads=1), module="page")
    read = json.loads((tmp_path / "page.json").read_text())
    assert read["numbers"] == [1.0, 2.0]
    assert read["command"] == "python -m benchmarks.page"
    assert read["context"]["threads"] == 1
    assert "onnxruntime" in read["versions"]
    assert [bar["reached"] for bar in read["bars"]] == [False, True]


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="Forms: 1 cells under 2 heads"):
        Table("Forms", ("form", "ms"), (("a",),))
