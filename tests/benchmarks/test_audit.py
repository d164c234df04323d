"""The page of some audits, from figures that were made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.audit import command, page, read, row
from edgeattn_runtime.errors import BadInput

ONE: dict[str, Any] = {
    "name": "hybrid", "macs": 6_000_000, "params": 70_000, "validation_accuracy": 0.9,
    "accuracy": 0.91, "accuracy_interval": [0.88, 0.93], "float_accuracy": 0.92,
    "against_reference": {"gain_pp": 1.5, "low_pp": -0.5, "high_pp": 3.5, "p_value": 0.123},
    "latency_ms": {"p50": 0.25}, "latency_ratio": {"ratio": 1.3},
    "int8": {"speedup_vs_fp32": 2.0, "bytes": 90_000}, "no_int8_file": None,
}  # fmt: skip
AUDIT: dict[str, Any] = {
    "data": {
        "name": "gestures", "train_samples": 1245, "validation_samples": 272, "test_samples": 545,
        "classes": 10, "input_shape": [3, 64, 64], "commonest_class": 0.125,
    },
    "budget": {"asked_s": 600.0, "used_s": 540.0, "epochs": 20},
    "size": {"smallest": 5.9e6, "largest": 6.1e6},
    "seed": 0,
    "formats": ["onnx", "tflite"],
    "context": {"cpu": "a CPU", "load_average": 1.5},
    "candidates": [ONE],
    "verdict": {"sentence": "Not decided by 545 test samples."},
    "remarks": ["one training each"],
}  # fmt: skip


def test_the_page_begins_with_the_answer_and_keeps_all_numbers() -> None:
    made = page([AUDIT])
    text = made.tables[0].markdown()
    assert "**Not decided by 545 test samples.**" in text
    assert "9.0 minutes used, 20 epochs each" in text
    assert "- one training each." in text
    assert made.data["audits"] == [AUDIT]


def test_the_command_is_the_one_that_was_typed() -> None:
    assert command(AUDIT) == (
        "edgeattn audit --data gestures --budget 10m --seed 0 --to onnx,tflite --out out/gestures"
    )
    exact = {**AUDIT, "budget": {**AUDIT["budget"], "asked_s": None}}
    assert "--epochs 20 --seed 0" in command(exact)


def test_a_row_has_its_intervals() -> None:
    cells = row(ONE)
    assert "+1.50 (-0.50 to +3.50)" in cells
    assert "88.00% to 93.00%" in cells
    assert "1.30x" in cells


def test_a_candidate_without_an_int8_file_says_why() -> None:
    without = {
        **ONE, "int8": None, "no_int8_file": "no such operator", "latency_ms": None,
        "latency_ratio": None, "against_reference": None,
    }  # fmt: skip
    assert row(without)[4:] == (
        "-", "88.00% to 93.00%", "92.00%", "reference", "", "-", "-", "no such operator", "-"
    )  # fmt: skip


def test_a_folder_without_an_audit_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no audit.json; `edgeattn audit --out"):
        read(tmp_path)
