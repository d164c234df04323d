from __future__ import annotations

from functools import partial

import pytest

from benchmarks import litert_kernels
from benchmarks.library import WITH
from benchmarks.litert_kernels import FUSED, decibels
from benchmarks.measuring import QUICK
from benchmarks.onnx_kernels import BARRED, LEAST_SPEEDUP, bars, subjects
from edgeattn.models.hybrid import Hybrid
from edgeattn_converters.policies import POLICIES
from edgeattn_runtime.kernels import SWITCH, installed_kernels

VNNI = POLICIES["onnxruntime-x86-vnni"]
SMALL = partial(Hybrid, widths=(8, 8, 16), depth=1, heads=2)


@pytest.fixture(scope="module")
def opened():
    """The files of a small model, opened; converting it takes seconds."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.delenv(SWITCH, raising=False)
        if installed_kernels() is None:
            pytest.skip("edgeattn-kernels is not installed")
        return litert_kernels.sessions(SMALL, 32, VNNI)


def test_every_model_with_a_bar_is_measured():
    assert set(BARRED) < set(subjects())


def test_an_onnx_file_is_opened_with_and_without_the_library(opened):
    assert list(opened) == ["fp32", "int8-float-core", FUSED, FUSED + WITH]
    assert opened[FUSED].kernels is None
    assert opened[FUSED + WITH].kernels is not None
    assert decibels(opened)[FUSED + WITH] > 25


def test_a_bar_is_held_by_the_ratio_with_the_library(opened, monkeypatch):
    monkeypatch.setattr(litert_kernels, "sessions", lambda *model: opened)
    timings, db = litert_kernels.measured(SMALL, 32, QUICK, VNNI)
    found = bars(dict.fromkeys(BARRED, (timings, db)))
    ratio = timings[FUSED + WITH].speedup.ratio
    assert [bar.reached for bar in found] == [ratio >= LEAST_SPEEDUP] * len(BARRED)
    assert found[0].found == f"{ratio:.2f}x"
