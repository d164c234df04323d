"""The baseline is a softmax attention, and the clock ticks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("edgeattn_kernels", reason="edgeattn-kernels is not installed")

from benchmarks.kernels.native import compiled, cycles, offered, prepared, run_of
from benchmarks.kernels.shapes import Shape
from edgeattn_runtime.accuracy import sqnr_db

SHAPE = Shape(heads=2, tokens=70, width=32)
BEST = "avx512-vbmi"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("native")
    if BEST not in offered((BEST,), folder):
        pytest.skip("the baseline is written in AVX-512, which this CPU lacks")
    return folder


def test_the_baseline_computes_what_the_kernel_does(folder: Path) -> None:
    call = prepared(SHAPE)
    run_of(offered((BEST,), folder)[BEST].edgeattn_attend, call)()
    ours = call.out.copy()
    call.out[...] = np.nan
    native = compiled(folder)
    run_of(native.baseline_attend, call)()
    # Its weights are rounded to 1/255 after the division: of 70 keys one weighs some 4 of them.
    assert sqnr_db(ours, call.out) > 20
    cycles(native)()


def test_an_instruction_set_that_the_cpu_lacks_is_left_out(tmp_path: Path) -> None:
    assert list(offered(("portable", "abacus"), tmp_path)) == ["portable"]
