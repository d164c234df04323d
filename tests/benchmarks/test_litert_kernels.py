from __future__ import annotations

from functools import partial

import pytest

from benchmarks.library import WITH
from benchmarks.litert_kernels import FUSED, decibels, models, sessions
from edgeattn.models.hybrid import Hybrid
from edgeattn_runtime.kernels import SWITCH, installed_kernels


def test_images_give_the_tokens_that_a_column_names():
    sides = {name: side for name, (_, side) in models().items()}
    for name, side in sides.items():
        tokens = (side // (8 if "hybrid" in name else 16)) ** 2
        assert f"of {tokens} x" in name


def test_a_file_is_opened_with_and_without_the_library(monkeypatch):
    monkeypatch.delenv(SWITCH, raising=False)
    if installed_kernels() is None:
        pytest.skip("edgeattn-kernels is not installed")
    small = partial(Hybrid, widths=(8, 8, 16), depth=1, heads=2)
    found = sessions(small, 32)
    assert next(iter(found)) == "fp32"
    assert found[FUSED].kernels is None
    assert found[FUSED + WITH].kernels is not None
    assert "int8-core" + WITH not in found  # its scores are rounded: another meaning
    assert decibels(found)[FUSED + WITH] > 30
