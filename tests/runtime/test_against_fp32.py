from __future__ import annotations

import pytest

from edgeattn_runtime.against_fp32 import against_fp32
from edgeattn_runtime.candidate import Candidate

CANDIDATES = {
    "a": Candidate("onnxruntime", "fp32"),
    "b": Candidate("onnxruntime", "int8"),
    "c": Candidate("ai-edge-litert", "int8"),
}
SAMPLES = {"a": [6.0] * 9, "b": [3.0] * 9, "c": [2.0] * 9}


def test_the_ratio_is_to_fp32_of_the_same_engine():
    found = against_fp32(CANDIDATES, SAMPLES, has_time=True)
    assert (found["b"].speedup_vs_fp32, found["b"].speedup_interval) == (2.0, (2.0, 2.0))
    assert (found["a"].speedup_vs_fp32, found["a"].speedup_interval) == (1.0, None)
    assert found["a"].latency_ms.p50 == 6.0


def test_an_engine_without_an_fp32_file_has_no_ratio():
    found = against_fp32(CANDIDATES, SAMPLES, has_time=True)
    assert (found["c"].speedup_vs_fp32, found["c"].latency_ms.p50) == (None, 2.0)


def test_instructions_fill_no_field_that_means_time():
    found = against_fp32(CANDIDATES, SAMPLES, has_time=False)
    assert found["b"].instructions_m.p50 == 3.0
    assert found["b"].instructions_vs_fp32 == pytest.approx(0.5)
    assert found["c"].instructions_vs_fp32 is None
    for one in found.values():
        assert (one.latency_ms, one.speedup_vs_fp32, one.speedup_interval) == (None, None, None)
