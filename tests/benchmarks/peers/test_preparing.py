from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.peers import preparing
from benchmarks.peers.preparing import prepared


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    """Put a Linear in the place of every model, and count its exports."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    samples = {
        "calibration": {"x": np.ones((4, 3), np.float32)},
        "evaluation": {"x": np.arange(6, dtype=np.float32).reshape(2, 3)},
    }
    monkeypatch.setattr(preparing, "module", lambda name: model)
    monkeypatch.setattr(preparing, "_data", lambda name: samples)
    monkeypatch.setattr(preparing, "_export", lambda model, data, path: path.write_bytes(b"onnx"))
    return model


def test_a_source_holds_samples_answers_and_export(tmp_path: Path, small: nn.Module) -> None:
    source = prepared("bert", tmp_path)
    assert source.samples("calibration")["x"].shape == (4, 3)
    with torch.no_grad():
        wanted = small(torch.arange(6.0).reshape(2, 3)).numpy()
    np.testing.assert_allclose(source.reference(), wanted, rtol=1e-6)  # rows one by one
    assert source.onnx.read_bytes() == b"onnx"
    assert source.labels() is None


def test_a_source_is_made_once_for_the_same_weights(tmp_path: Path, small: nn.Module) -> None:
    first = prepared("bert", tmp_path)
    first.onnx.write_bytes(b"kept")
    assert prepared("bert", tmp_path) == first
    assert first.onnx.read_bytes() == b"kept"
    with torch.no_grad():
        next(small.parameters())[0, 0] += 1
    assert prepared("bert", tmp_path).key() != first.key()
