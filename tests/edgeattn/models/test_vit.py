from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from edgeattn.models.hybrid import ACTIVATIONS, NORMS
from edgeattn.models.vit import VisionTransformer

SMALL: dict[str, Any] = {"side": 16, "patch": 4, "width": 8, "depth": 1, "heads": 2}


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_flavour_learns_in_every_weight(norm: str, activation: str) -> None:
    torch.manual_seed(0)
    model = VisionTransformer(classes=3, norm=norm, activation=activation, **SMALL)
    logits = model(torch.rand(4, 3, 16, 16))
    assert logits.shape == (4, 3)
    logits.square().sum().backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert still == []


def test_with_batch_norm_no_layer_norm_is_left_to_run_in_float() -> None:
    model = VisionTransformer(norm="batch", **SMALL)
    assert not [layer for layer in model.modules() if isinstance(layer, nn.LayerNorm)]


def test_a_token_sees_nothing_but_its_own_patch_before_the_first_block() -> None:
    model = VisionTransformer(**SMALL).eval()
    x = torch.rand(1, 3, 16, 16)
    other = x.clone()
    other[:, :, 4:8, 8:12] = 0  # the second row of patches, the third column: token 6
    changed = (model.patches(x) != model.patches(other)).any(1).flatten()
    assert changed.nonzero().flatten().tolist() == [6]


def test_only_the_places_tell_two_orders_of_patches_apart() -> None:
    torch.manual_seed(0)
    model = VisionTransformer(**SMALL).eval()
    x = torch.rand(1, 3, 16, 16)
    turned = torch.cat([x[:, :, 8:], x[:, :, :8]], dim=2)  # whole patches change places
    assert not torch.allclose(model(x), model(turned), rtol=0, atol=1e-4)
    nn.init.zeros_(model.places)
    # the same sums in another order: last bits of logits below 1
    torch.testing.assert_close(model(x), model(turned), rtol=0, atol=1e-6)


def test_the_model_exports_with_static_shapes_and_keeps_its_numbers() -> None:
    torch.manual_seed(0)
    model = VisionTransformer(**SMALL).eval()
    x = torch.rand(1, 3, 16, 16)
    exported = torch.export.export(model, (x,))
    assert torch.equal(exported.module()(x), model(x))


def test_an_image_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[24, 16\] pixels .* for \[16, 16\]; resize them"):
        VisionTransformer(**SMALL)(torch.rand(1, 3, 24, 16))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"norm": "group"}, "norm is 'group'; choose batch or layer"),
        ({"activation": "tanh"}, "activation is 'tanh'; choose relu, gelu, hardswish"),
        ({"heads": 5}, "width 96 does not split into 5 heads"),
        ({"patch": 7}, "patches of 7 pixels do not fill a side of 64"),
        ({"patch": 0}, "patches of 0 pixels do not fill"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VisionTransformer(**arguments)
