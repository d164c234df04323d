from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn.models.catalog import ZOO
from edgeattn.models.cnn import Cnn, ResidualBlock
from edgeattn.models.hybrid import ACTIVATIONS


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_flavour_learns_in_every_weight(activation: str) -> None:
    torch.manual_seed(0)
    model = Cnn(classes=3, widths=(4, 8, 8), expansion=2, activation=activation)
    logits = model(torch.rand(4, 3, 64, 64))
    assert logits.shape == (4, 3)
    logits.square().sum().backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert still == []


def test_a_residual_block_whose_convolutions_say_nothing_lets_all_pass() -> None:
    block = ResidualBlock(4, nn.ReLU).eval()
    nn.init.zeros_(block.convolutions[2][0].weight)  # type: ignore[index]
    x = torch.rand(1, 4, 8, 8)
    assert torch.equal(block(x), x)


def test_it_costs_what_the_hybrid_costs_that_it_is_the_yardstick_of() -> None:
    entry = ZOO["gesture-cnn"]
    assert entry.baseline_for == "gesture-hybrid"
    assert entry.macs == ZOO["gesture-hybrid"].macs
    stem = [ZOO[name].build().stem[0][0].weight.shape for name in ("gesture-cnn", "gesture-hybrid")]
    assert stem[0] == stem[1]


def test_the_model_exports_with_static_shapes_and_keeps_its_numbers() -> None:
    torch.manual_seed(0)
    model = Cnn(widths=(4, 8, 8)).eval()
    x = torch.rand(1, 3, 64, 64)
    exported = torch.export.export(model, (x,))
    assert torch.equal(exported.module()(x), model(x))


def test_an_activation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="activation is 'tanh'; choose relu, gelu, hardswish"):
        Cnn(activation="tanh")
