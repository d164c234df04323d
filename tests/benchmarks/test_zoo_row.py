from __future__ import annotations

import json
from dataclasses import replace

from benchmarks.zoo_row import EngineRow, ModelRow
from edgeattn.audit.comparison import wilson
from tests.benchmarks.zoo_rows import ENGINE, row


def test_a_row_is_read_as_it_was_written() -> None:
    assert ModelRow.from_json(json.loads(json.dumps(row().to_json()))) == row()


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
