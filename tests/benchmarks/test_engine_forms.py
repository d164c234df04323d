from __future__ import annotations

from benchmarks.engine_forms import cell, litert_questions, onnxruntime_questions, table
from benchmarks.measuring import Timing, against


def timed(milliseconds: float) -> Timing:
    return against("a", {"a": (1.0,) * 3, "b": (milliseconds,) * 3})["b"]


def test_a_cell_holds_microseconds_and_the_ratio() -> None:
    assert cell(timed(0.5)) == "500.0 (2.00x)"
    assert cell(None) == "-"


def test_forms_that_one_column_lacks_are_dashes() -> None:
    found = table(
        "T", "", {"small": {"x": timed(1.0)}, "large": {"x": timed(1.0), "y": timed(2.0)}}
    )
    assert found.head == ("form", "small", "large")
    assert found.rows[1] == ("y", "-", "2000.0 (0.50x)")


def test_the_cheap_questions_make_at_least_two_forms_each() -> None:
    cheap = {**onnxruntime_questions(), **litert_questions()}
    for title in ("ONNX Runtime: softmax", "LiteRT: softmax", "LiteRT: GELU"):
        _, columns = cheap[title]
        assert all(len(make()) >= 2 for make in columns.values())
