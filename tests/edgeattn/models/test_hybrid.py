from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn.models.hybrid import (
    ACTIVATIONS,
    NORMS,
    Hybrid,
    InvertedResidual,
    LinearNorm,
)

SMALL = {"widths": (4, 8, 8), "depth": 1, "heads": 2, "expansion": 2}


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_flavour_learns_in_every_weight(norm: str, activation: str) -> None:
    torch.manual_seed(0)
    model = Hybrid(classes=3, norm=norm, activation=activation, **SMALL)  # type: ignore[arg-type]
    logits = model(torch.rand(4, 3, 64, 64))
    assert logits.shape == (4, 3)
    logits.square().sum().backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert still == []


def test_with_batch_norm_no_layer_norm_is_left_to_run_in_float() -> None:
    assert not [m for m in Hybrid(**SMALL).modules() if isinstance(m, nn.LayerNorm)]  # type: ignore[arg-type]


def test_linear_norm_is_one_linear_once_folded() -> None:
    torch.manual_seed(0)
    layer = LinearNorm(6, 4)
    layer(torch.randn(3, 5, 6) * 2 + 1)  # gives the BatchNorm running statistics
    layer.eval()
    scale = layer.norm.weight / (layer.norm.running_var + layer.norm.eps).sqrt()
    folded = nn.Linear(6, 4)
    folded.weight.data = layer.linear.weight * scale[:, None]
    folded.bias.data = layer.norm.bias - layer.norm.running_mean * scale
    x = torch.randn(2, 7, 6)
    # float32: one rounding more or less per factor, values around 1
    torch.testing.assert_close(layer(x), folded(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("fused", [True, False])
def test_an_inverted_residual_adds_its_input_only_where_shapes_agree(fused: bool) -> None:
    def block(out: int, stride: int) -> InvertedResidual:
        return InvertedResidual(
            4, out, expansion=2, activation=nn.ReLU, stride=stride, fused=fused
        ).eval()

    x = torch.rand(1, 4, 8, 8)
    same = block(4, stride=1)
    nn.init.zeros_(same.narrow[0].weight)  # type: ignore[arg-type]
    assert torch.equal(same(x), x)
    assert block(6, stride=1)(x).shape == (1, 6, 8, 8)
    assert block(4, stride=2)(x).shape == (1, 4, 4, 4)
    assert not block(4, stride=2).residual


def test_the_model_exports_with_static_shapes_and_keeps_its_numbers() -> None:
    torch.manual_seed(0)
    model = Hybrid(**SMALL).eval()  # type: ignore[arg-type]
    x = torch.rand(1, 3, 64, 64)
    exported = torch.export.export(model, (x,))
    assert torch.equal(exported.module()(x), model(x))


def test_the_batch_decides_nothing_in_eval_mode() -> None:
    torch.manual_seed(0)
    model = Hybrid(**SMALL).eval()  # type: ignore[arg-type]
    x = torch.rand(3, 3, 64, 64)
    alone = torch.cat([model(image[None]) for image in x])
    # other batch sizes take other kernels: last bits of logits around 1
    torch.testing.assert_close(model(x), alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"norm": "group"}, "norm is 'group'; choose batch or layer"),
        ({"activation": "tanh"}, "activation is 'tanh'; choose relu, gelu, hardswish"),
        ({"heads": 5}, "width 128 does not split into 5 heads"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(
    arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Hybrid(**arguments)  # type: ignore[arg-type]
