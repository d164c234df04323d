from __future__ import annotations

import pytest
import torch
from torch import Tensor

from edgeattn_converters.passes.clip_masks import clip_masks
from edgeattn_converters.passes.fold_constants import fold_constants
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

EXACT = 1e-6  # exp(-30) is 1e-13, below float32's rounding of a weight
HIDDEN = torch.ones(4, 4).triu(1).bool()
X = normal(2, 4, 4)


def folded(function):
    return fold_constants(program_of(function, X))


def smallest(program) -> float:
    """The smallest number that is added to a score, as a constant or as a factor."""
    constants = [float(value.min()) for _, value in program.graph_module.named_buffers()]
    factors = [arg for node in program.graph.nodes for arg in node.args if isinstance(arg, float)]
    return min([0.0, *constants, *factors])


@pytest.mark.parametrize("value", [-1e4, torch.finfo(torch.float32).min, float("-inf")])
def test_clip_masks_keeps_the_numbers(value: float) -> None:
    mask = torch.zeros(4, 4).masked_fill(HIDDEN, value)
    clipped = rewrite_of(clip_masks, folded(lambda x: (x + mask).softmax(-1)), X, relative=EXACT)
    assert smallest(clipped) == -30


@pytest.mark.parametrize("value", [-1e4, float("-inf")])
def test_scores_that_are_overwritten_become_a_sum(value: float) -> None:
    """-30 in their place would beat scores that all lie around -40; beside them it does not."""
    low = folded(lambda x: (x - 40).masked_fill(HIDDEN, value).softmax(-1))
    clipped = rewrite_of(clip_masks, low, X, relative=EXACT)
    assert operators(clipped)["masked_fill"] == 0
    assert smallest(clipped) == -30


@pytest.mark.parametrize("keeps_first", [True, False])
def test_a_choice_between_scores_and_a_mask_becomes_a_sum(keeps_first: bool) -> None:
    def choose(x: Tensor) -> Tensor:
        low = torch.tensor(-1e9)
        chosen = torch.where(~HIDDEN, x, low) if keeps_first else torch.where(HIDDEN, low, x)
        return chosen.softmax(-1)

    clipped = rewrite_of(clip_masks, folded(choose), X, relative=EXACT)
    assert operators(clipped)["where"] == 0
    assert smallest(clipped) == -30


def test_a_mask_that_is_computed_is_clipped_where_it_is_made() -> None:
    program = folded(lambda x: (x + (1.0 - (x > 0).float()) * -1e9).softmax(-1))
    clipped = rewrite_of(clip_masks, program, torch.tensor([[[1.0, -1.0]]]), relative=EXACT)
    assert smallest(clipped) == -30


def test_clip_masks_leaves_scores_alone_that_a_large_number_multiplies() -> None:
    program = folded(lambda x: (x * -50.0 + x).softmax(-1))
    assert smallest(rewrite_of(clip_masks, program, X, relative=0)) == -50


def test_clip_masks_leaves_a_mask_alone_that_something_else_reads() -> None:
    def forward(x: Tensor) -> Tensor:
        mask = (x > 1).float() * -1e4
        return (x + mask).softmax(-1) + mask

    assert smallest(rewrite_of(clip_masks, folded(forward), X, relative=0)) == -1e4


def test_clip_masks_leaves_sums_without_softmax_alone() -> None:
    program = folded(lambda x: x + torch.full((4,), -1e4))
    assert smallest(rewrite_of(clip_masks, program, X, relative=0)) == -1e4


def test_clip_masks_leaves_small_biases_alone() -> None:
    bias = normal(4, 4) * 5
    program = folded(lambda x: (x + bias).softmax(-1))
    clipped = rewrite_of(clip_masks, program, X, relative=0)
    assert str(clipped.graph) == str(program.graph)
