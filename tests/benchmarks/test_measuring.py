from __future__ import annotations

import pytest

from benchmarks.measuring import Effort, against, compare_files, time_in_turn
from benchmarks.onnx_operators import softmax_forms
from benchmarks.tflite_operators import softmax_forms as tflite_softmax_forms

BRIEF = Effort("brief", rounds=3, warmup=1, turn_ms=0.0, repeats=1)


def test_every_candidate_is_timed_in_every_round() -> None:
    calls: list[str] = []
    found = time_in_turn({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, BRIEF)
    assert {name: len(times) for name, times in found.items()} == {"a": 3, "b": 3}
    assert calls.count("a") == calls.count("b") == 4  # the warm-up included


def test_a_short_candidate_is_repeated_within_its_turn() -> None:
    calls: list[int] = []
    time_in_turn({"a": lambda: calls.append(1)}, BRIEF, turn_ms=1.0)
    assert len(calls) > 2 + 4  # two to see how long it takes, then more than one a turn


def test_speed_ups_are_over_the_reference() -> None:
    found = against("slow", {"slow": (4.0, 4.0, 4.0), "fast": (2.0, 2.0, 2.0)})
    assert found["slow"].speedup.ratio == pytest.approx(1.0)
    assert found["fast"].speedup.ratio == pytest.approx(2.0)
    assert found["fast"].latency_ms.p50 == pytest.approx(2.0)


def test_files_of_both_engines_are_fed_what_they_take() -> None:
    found = compare_files(softmax_forms(1, 4), BRIEF)
    found |= compare_files(tflite_softmax_forms(1, 4), BRIEF)
    assert all(timing.latency_ms.n == 3 for timing in found.values())
    assert len(found) == 6
