from __future__ import annotations

import pytest
import torch

from edgeattn.models.hybrid import Hybrid
from edgeattn.pruning.cost import count_macs
from edgeattn.pruning.dependencies import find_dependencies
from edgeattn.pruning.slim import silenced, slimmer
from tests.edgeattn.pruning.lively import lively

SUMMATION = 1e-5  # logits are about 1: float32 sums in another order


def every_other(groups):
    return {group.name: tuple(range(0, group.units, 2)) for group in groups}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"norm": "layer", "activation": "gelu"},
        {"fused": 0, "local": 1},
        {"activation": "hardswish", "fused": 1},
    ],
    ids=str,
)
def test_the_smaller_model_gives_the_numbers_of_the_silenced_one(arguments, changes, example, x):
    torch.manual_seed(0)
    model = lively(Hybrid(**{**arguments, **changes}))
    groups = find_dependencies(model, example).groups
    kept = every_other(groups)
    small, mute = slimmer(model, groups, kept), silenced(model, groups, kept)
    torch.testing.assert_close(small(x), mute(x), rtol=0, atol=SUMMATION)
    assert (mute(x) - model(x)).abs().max() > 100 * SUMMATION  # they do silence something


def test_pruning_with_trained_statistics_gives_the_same_numbers_too(model, found, x):
    kept = every_other(found.groups)
    small, mute = slimmer(model, found.groups, kept), silenced(model, found.groups, kept)
    torch.testing.assert_close(small(x), mute(x), rtol=0, atol=SUMMATION)


def test_the_original_is_never_changed(model, found, x):
    before, text = model(x), str(model)
    slimmer(model, found.groups, every_other(found.groups))
    silenced(model, found.groups, every_other(found.groups))
    assert torch.equal(model(x), before)
    assert str(model) == text


def test_multiply_accumulates_fall_by_the_product_of_both_widths(model, found, example):
    mlp = next(group for group in found.groups if group.name == "blocks.0.mlp.0.linear")
    small = slimmer(model, found.groups, {mlp.name: tuple(range(16))})
    tokens, width = 16, 32
    saved = 2 * tokens * width * (64 - 16)
    assert count_macs(model, example) - count_macs(small, example) == saved


def test_fewer_heads_leave_their_width_and_change_their_number(model, found, x):
    group = next(group for group in found.groups if group.kind == "heads")
    small = slimmer(model, found.groups, {group.name: (0, 2, 3)})
    attention = small.get_submodule(group.attention)
    assert attention.heads == 3
    assert attention.qkv.linear.weight.shape == (3 * 3 * 8, 32)
    assert attention.out.linear.weight.shape == (32, 3 * 8)
    kept_head = slice(16, 24)  # head 2 is now the second one
    old = model.get_submodule(group.attention).out.linear.weight[:, kept_head]
    assert torch.equal(attention.out.linear.weight[:, 8:16], old)


def test_keeping_all_gives_the_same_model(model, found, x):
    assert torch.equal(slimmer(model, found.groups, {})(x), model(x))
