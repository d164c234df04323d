from __future__ import annotations

import pytest
import torch

pytest.importorskip("edgeattn_kernels", reason="edgeattn-kernels is not installed")

from benchmarks.kernels.accuracy import LARGEST, compare, layers, rounded


def test_rounding_reaches_the_largest_level() -> None:
    integers, scale = rounded(torch.tensor([-2.0, 0.5, 1.0]))
    assert integers.tolist() == [-LARGEST, 32, 64]
    assert scale == pytest.approx(2 / LARGEST)


def test_the_kernel_is_near_the_float_softmax_and_two_planes_are_nearer() -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, 3, 40, 16) for _ in range(3))
    found = compare("model", "layer", q, k, v)
    assert 0 < found.lost_db < 4
    assert found.float_db == pytest.approx(found.fine_db, abs=0.2)
    assert found.tokens == 40


def test_models_whose_data_are_missing_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.kernels.accuracy.MODELS", {"keyword-hybrid": "fsdd"})
    monkeypatch.setenv("EDGEATTN_DATA", "/nowhere")
    assert layers() == ()


def test_every_attention_layer_of_a_model_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.kernels.accuracy.MODELS", {"gesture-vit": "gestures"})
    found = layers()
    assert len(found) == 4
    assert {layer.tokens for layer in found} == {64}
