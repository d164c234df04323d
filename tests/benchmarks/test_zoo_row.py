from __future__ import annotations

import json
from dataclasses import replace

import pytest

from benchmarks.zoo_row import EngineRow, ModelRow, wilson
from tests.benchmarks.zoo_rows import ENGINE, row


def test_a_row_is_read_as_it_was_written() -> None:
    assert ModelRow.from_json(json.loads(json.dumps(row().to_json()))) == row()


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval_is_the_published_one(
    right: int, total: int, low: float, high: float
) -> None:
    """The last is Newcombe's example, Statistics in Medicine 17, 1998, table I, to four digits."""
    assert wilson(right, total) == pytest.approx((low, high), abs=5e-5)


def test_the_bar_is_held_only_by_a_file_that_converts_agrees_and_keeps_its_accuracy() -> None:
    assert ENGINE.converted
    assert ENGINE.agrees
    assert ENGINE.keeps_accuracy
    assert not replace(ENGINE, parity=False).converted
    assert not replace(ENGINE, int8_bytes=None).converted
    assert not replace(ENGINE, top1_agreement=0.9849).agrees
    assert not replace(ENGINE, held_back_interval_pp=(-1.0, 1.0)).keeps_accuracy
    empty = EngineRow(engine="onnxruntime", exit_code=1, reason="no counterpart for aten.cumsum")
    assert not (empty.converted)
    assert not (empty.agrees)
    assert not (empty.keeps_accuracy)


def test_the_package_is_told_the_same_figures() -> None:
    figures = row().figures()
    assert figures is not None
    assert figures.accuracy == 197 / 200
    assert figures.accuracy_interval == wilson(197, 200)
    assert figures.engines["onnxruntime"].int8_ms == 0.5
    assert figures.engines["onnxruntime"].recommended
    assert not replace(ENGINE, recommended="fp32").figures().recommended


def test_a_model_that_did_not_run_has_no_figures() -> None:
    assert row(right=None, test_samples=0).figures() is None
