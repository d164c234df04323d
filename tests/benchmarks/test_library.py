from __future__ import annotations

import os

import pytest

from benchmarks.library import without_library
from edgeattn_runtime.kernels import SWITCH, installed_kernels


@pytest.mark.parametrize("before", [None, "portable"])
def test_the_library_is_off_for_a_while(monkeypatch, before):
    monkeypatch.delenv(SWITCH, raising=False)
    if before:
        monkeypatch.setenv(SWITCH, before)
    with without_library():
        assert installed_kernels() is None
    assert os.environ.get(SWITCH) == before
