from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import zoo_measure
from benchmarks.zoo_measure import Ended, Subject, counted, edgeattn, held_back, measure
from edgeattn.data.load import load_data

HELD = 272 + 545  # validation and test photos of the gestures


def subject(tmp_path: Path, **changes: Any) -> Subject:
    checkpoint = tmp_path / "gesture-hybrid.pt"
    checkpoint.write_bytes(b"1234")
    facts = {
        "name": "gesture-hybrid", "dataset": "gestures", "baseline_for": None,
        "checkpoint": checkpoint, "sha256": "ab" * 32, "shipped": True, "image_size": (64, 64),
        "fingerprint": "0123456789abcdef",
    }  # fmt: skip
    return Subject(**(facts | changes))


def candidate(engine: str, precision: str, p50: float, **changes: Any) -> dict[str, Any]:
    suffix = "onnx" if engine == "onnxruntime" else "tflite"
    return {
        "engine": engine, "precision": precision, "recipe": None,
        "file": f"model_{precision}.{suffix}", "bytes": 100, "passed": True, "accuracy": 0.98,
        "accuracy_drop_pp": 1.0, "accuracy_interval_pp": [0.0, 2.0], "top1_agreement": 0.99,
        "sqnr_db": 30.0, "speedup_interval": [1.8, 2.2], "int8_mac_share": 1.0,
        "latency_ms": {"p50": p50}, **changes,
    }  # fmt: skip


def report(*engines: str) -> dict[str, Any]:
    lines = [
        line
        for engine in engines
        for line in (
            candidate(engine, "fp32", 3.0, file=None),  # the stock export, faster than our own
            candidate(engine, "fp32", 4.0),
            candidate(engine, "int8", 2.5, file=None),  # a variant that is not in the bundle
            candidate(engine, "int8", 2.0, recipe="int8-core", accuracy_drop_pp=1.0),
        )
    ]
    return {
        "model": {"params": 10, "macs": 20}, "candidates": lines,
        "context": {"cpu": "Cortex-A76", "cpu_class": "arm64", "disturbed": ["hot"]},
        "verdict": {"reason": "no candidate can be recommended"},
        "data": {"evaluation_samples": 200},
    }  # fmt: skip


class Commands:
    """Stands for the command line: answers by the formats asked for, and remembers its words."""

    def __init__(self, answers: dict[str, Ended]) -> None:
        self.answers = answers
        self.words: list[tuple[str, ...]] = []

    def __call__(self, *words: str) -> Ended:
        self.words.append(words)
        if words[0] == "check":
            return Ended(0, report(*zoo_measure.ENGINES.values()), "")
        formats = words[words.index("--to") + 1]
        ended = self.answers[formats]
        if ended.report is not None:
            out = Path(words[words.index("--out") + 1])
            out.mkdir()
            chosen = {f: {"file": f"model_int8.{f}", "reason": "fast"} for f in formats.split(",")}
            (out / "manifest.json").write_text(json.dumps({"recommended": chosen}))
        return ended


def test_a_model_is_converted_to_both_formats_and_checked_on_what_was_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Ended(0, report("onnxruntime", "ai-edge-litert"), "")
    commands = Commands({"onnx,tflite": both})
    monkeypatch.setattr(zoo_measure, "edgeattn", commands)
    row = measure(subject(tmp_path), tmp_path, quick=False)
    assert [words[:2] for words in commands.words] == [
        ("convert", "gesture-hybrid"), ("check", str(tmp_path / "both")),
    ]  # fmt: skip
    assert (row.params, row.macs, row.checkpoint_bytes) == (10, 20, 4)
    assert (row.right, row.test_samples) == (198, 200)  # 98 % and the point that int8 lost
    assert row.disturbed == ("hot",)
    for one in row.engines:
        assert (one.exit_code, one.recommended, one.recipe) == (0, "int8", "int8-core")
        assert one.speedup == 3.0 / 2.0  # against the fastest float file, whoever made it
        assert one.speedup_interval == (1.8, 2.2)
        assert (one.parity, one.held_back_samples) == (True, HELD)
        assert one.held_back_interval_pp == (0.0, 2.0)


def test_a_format_that_fails_leaves_the_other_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = Ended(1, None, "Error: TFLite has no counterpart for aten.cumsum")
    commands = Commands(
        {"onnx,tflite": no, "tflite": no, "onnx": Ended(0, report("onnxruntime"), "")}
    )
    monkeypatch.setattr(zoo_measure, "edgeattn", commands)
    row = measure(subject(tmp_path, shipped=False), tmp_path, quick=True)
    assert commands.words[0][1] == str(tmp_path / "gesture-hybrid.pt")  # no name without weights
    assert "--no-search" in commands.words[0]
    onnx, tflite = row.engines
    assert onnx.converted
    assert (tflite.exit_code, tflite.int8_bytes, tflite.parity) == (1, None, None)
    assert tflite.reason == "Error: TFLite has no counterpart for aten.cumsum"
    assert row.right == 198


def test_a_model_that_cannot_be_converted_at_all_keeps_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = Ended(3, None, "Error: the data set is not there")
    commands = Commands({"onnx,tflite": no, "tflite": no, "onnx": no})
    monkeypatch.setattr(zoo_measure, "edgeattn", commands)
    row = measure(subject(tmp_path), tmp_path, quick=True)
    assert row.accuracy is None
    assert row.params is None
    assert [one.exit_code for one in row.engines] == [3, 3]


def test_what_is_held_back_is_the_validation_and_the_test_split(tmp_path: Path) -> None:
    path = tmp_path / "held.npz"
    assert held_back(subject(tmp_path), path, quick=False) == HELD
    read, test = load_data(str(path)), load_data("gestures", split="test")
    assert len(read) == HELD
    assert read.labels == test.labels
    assert test.y is not None
    assert read.y is not None
    np.testing.assert_array_equal(read.y[-len(test) :], test.y)
    assert held_back(subject(tmp_path), path, quick=True) == 100


def test_right_answers_are_counted_from_what_a_file_lost() -> None:
    lossy = candidate("onnxruntime", "fp32", 1.0, accuracy=0.25, accuracy_drop_pp=-12.5)
    assert counted({"data": {"evaluation_samples": 8}, "candidates": [lossy]}) == (1, 8)


def test_the_real_command_line_answers_with_code_report_and_last_words() -> None:
    listed = edgeattn("convert", "gesture-hybrid", "--out", "unwritten", "--dry-run")
    assert listed.code == 0
    assert listed.report is not None
    assert listed.report["model"]["name"] == "gesture-hybrid"
    wrong = edgeattn("convert", "gesture-hybird", "--out", "unwritten")
    assert wrong.code == 2
    assert wrong.report is None
    assert "did you mean gesture-hybrid" in wrong.last_words
