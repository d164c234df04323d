from __future__ import annotations

import pytest

from edgeattn_runtime.bench_verdict import verdict_of
from edgeattn_runtime.candidate import Candidate
from edgeattn_runtime.latency import summarise

FP32 = Candidate("onnxruntime", "fp32", file="a.onnx", latency_ms=summarise([6.0]))
INT8 = Candidate(
    "onnxruntime", "int8", file="b.onnx", latency_ms=summarise([3.0]), speedup_vs_fp32=2.0
)


def test_the_fastest_wins():
    found = verdict_of((FP32, INT8), None, disturbed=())
    assert (found.winner, found.passed) == ("b.onnx", True)
    assert found.reason == "b.onnx on onnxruntime is fastest: 3.000 ms"


@pytest.mark.parametrize(("asked", "passed"), [(1.5, True), (2.0, True), (2.5, False)])
def test_a_speedup_asked_for_is_a_gate(asked, passed):
    assert verdict_of((FP32, INT8), asked, disturbed=()).passed is passed


def test_a_gate_that_nothing_could_reach_fails():
    found = verdict_of((FP32,), 1.5, disturbed=())
    assert found.reason.startswith("a speed-up of 1.5x was asked for, none was measured; a.onnx")


def test_instructions_are_never_called_time():
    counted = Candidate("onnxruntime", "int8", file="b.onnx", instructions_m=summarise([4.2]))
    found = verdict_of((counted,), None, disturbed=())
    assert "4.200 million an inference" in found.reason
    assert "it says nothing about time" in found.reason


def test_what_disturbed_the_run_is_said():
    found = verdict_of((FP32, INT8), None, disturbed=("other processes took 30% of cores 0-3",))
    assert "not to be compared (other processes took 30% of cores 0-3): measure" in found.reason
