from __future__ import annotations

from typing import Any

import pytest
import torch

from edgeattn.models.attention import MultiHeadAttention
from edgeattn.models.catalog import ZOO
from edgeattn.models.cifar_hybrid import CifarHybrid, Local, MapBlock

SMALL: dict[str, Any] = {"widths": (4, 8, 8), "heads": 2}


@pytest.mark.parametrize("attend", [True, False])
def test_every_weight_learns(attend: bool) -> None:
    torch.manual_seed(0)
    model = CifarHybrid(classes=3, attend=attend, **SMALL)
    logits = model(torch.rand(4, 3, 32, 32))
    assert logits.shape == (4, 3)
    logits.square().sum().backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert still == []


def test_the_cnn_has_one_more_convolution_for_each_attention_block() -> None:
    for depth in (1, 2):
        hybrid, cnn = (CifarHybrid(depth=depth, attend=attend) for attend in (True, False))
        kinds = [
            [sum(isinstance(part, kind) for part in model.modules()) for model in (hybrid, cnn)]
            for kind in (MultiHeadAttention, Local)
        ]
        assert kinds == [[depth, 0], [1, 1 + depth]]


def test_the_cnn_costs_what_the_hybrid_costs() -> None:
    cnn, hybrid = ZOO["cifar-cnn"], ZOO["cifar-hybrid"]
    assert cnn.baseline_for == "cifar-hybrid"
    assert abs(cnn.macs / hybrid.macs - 1) < 0.03
    assert hybrid.params <= 500_000


def test_a_local_convolution_adds_to_what_goes_in() -> None:
    block = Local(4).eval()
    torch.nn.init.zeros_(block.convolution[0][0].weight)  # type: ignore[index]
    x = torch.rand(1, 4, 8, 8) - 0.5
    assert torch.equal(block(x), x)


def test_a_map_block_adds_both_its_halves_to_what_goes_in() -> None:
    block = MapBlock(4, heads=2, expansion=2).eval()
    x = torch.rand(2, 4, 3, 5) - 0.5
    torch.nn.init.zeros_(block.attention.out.linear.weight)  # type: ignore[arg-type, union-attr]
    near = block.mlp(x)
    assert torch.equal(block(x), near)
    torch.nn.init.zeros_(block.mlp.narrow[0].weight)  # type: ignore[arg-type]
    assert torch.equal(block(x), x)


def test_a_map_block_sees_every_pixel_and_its_neighbours_apart() -> None:
    torch.manual_seed(0)
    block = MapBlock(4, heads=2, expansion=2).eval()
    x = torch.rand(1, 4, 6, 6, requires_grad=True)
    (seen,) = torch.autograd.grad(block(x)[0, :, 0, 0].sum(), x)
    assert (seen.abs().sum(1) > 0).all()
    torch.nn.init.zeros_(block.attention.out.linear.weight)  # type: ignore[arg-type, union-attr]
    (seen,) = torch.autograd.grad(block(x)[0, :, 0, 0].sum(), x)
    assert (seen.abs().sum(1)[0] > 0).nonzero().max() == 1


@pytest.mark.parametrize("attend", [True, False])
def test_the_model_exports_with_static_shapes_and_keeps_its_numbers(attend: bool) -> None:
    torch.manual_seed(0)
    model = CifarHybrid(attend=attend, **SMALL).eval()
    x = torch.rand(1, 3, 32, 32)
    exported = torch.export.export(model, (x,))
    assert torch.equal(exported.module()(x), model(x))


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(ValueError, match="width 96 does not split into 5 heads"):
        CifarHybrid(heads=5)
