from __future__ import annotations

import numpy as np
import pytest

from benchmarks.contender import Contender
from benchmarks.gesture import HEAD, bars, table, with_library
from benchmarks.gesture_rows import judged, timings
from edgeattn.data.data import Data

LOGITS = np.eye(4, dtype=np.float32)
TEST = Data({"x": np.zeros((4, 1), np.float32)}, np.arange(4), None, "four")
MADE = tuple(
    Contender(format, recipe, precision, ours, b"content", 1.0)
    for format in ("onnx", "tflite")
    for recipe, precision, ours in (
        ("ours fp32", "fp32", True), ("ours int8", "int8", True), ("stock", "fp32", False),
    )
)  # fmt: skip
SAMPLES = {
    one.key: ((4.0 if one.precision == "fp32" else 2.0) - (0.5 if not one.ours else 0.0),) * 5
    for one in MADE
}


def rows():  # type: ignore[no-untyped-def]
    answers = {one.key: LOGITS * (1.0 if one.precision == "fp32" else 0.99) for one in MADE}
    return judged(MADE, LOGITS, TEST, timings(MADE, SAMPLES), answers)


def test_speed_ups_are_over_the_fastest_float_and_over_our_own() -> None:
    int8 = next(row for row in rows() if row.contender.precision == "int8")
    assert int8.timing.speedup.ratio == pytest.approx(4.0 / 2.0)
    assert int8.speedup_over_fastest == pytest.approx(3.5 / 2.0)


def test_bars_hold_the_int8_file_against_the_fastest_float() -> None:
    found = {bar.what: bar for bar in bars(rows())}
    assert not found["LiteRT, ours int8: over the fastest fp32"].reached
    assert found["ONNX Runtime, ours int8: over the fastest fp32"].found == "1.75x"
    assert found["ONNX Runtime, ours int8: over the fastest fp32"].reached
    assert found["LiteRT, ours int8: output SQNR"].found == "40.0 dB"  # an error of 1 %
    assert not found["LiteRT, ours int8: upper end of the drop's interval"].reached  # 4 photos


def test_a_file_that_could_not_be_made_keeps_its_row() -> None:
    absent = Contender("tflite", "stock int8", "int8", note="not measured: no wheel")
    made = table("LiteRT", rows(), [absent])
    assert made.rows[-1][0] == "stock int8 (not measured: no wheel)"
    assert set(made.rows[-1][1:]) == {"-"}
    assert len(made.rows) == 4
    assert made.head == HEAD


def test_a_fused_core_is_measured_with_the_library_or_not_at_all(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    plain, fused = (Contender("onnx", name, "int8") for name in ("int8-core", "int8-fused-core"))
    monkeypatch.setattr("benchmarks.gesture.installed_kernels", lambda: "here")
    assert with_library(plain) == plain
    there = with_library(fused)
    assert there is not None
    assert there.recipe == "int8-fused-core with edgeattn-kernels"
    monkeypatch.setattr("benchmarks.gesture.installed_kernels", lambda: None)
    assert with_library(fused) is None
