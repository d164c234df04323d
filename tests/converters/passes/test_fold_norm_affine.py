from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.passes.fold_norm_affine import fold_norm_affine
from tests.converters.programs import normal, seeded
from tests.converters.rewriting import program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: a product and a sum move into the weights
X = normal(2, 5, 8)


class Reads(nn.Module):
    """A LayerNorm and what reads it."""

    def __init__(self, read, *, elementwise_affine: bool = True, width: int = 8) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=elementwise_affine)
        self.first, self.second = nn.Linear(width, 6), nn.Linear(width, 6, bias=False)
        self.read = read

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self, self.norm(x))


def is_folded(read, **options: bool) -> bool:
    """Tell whether the norm lost its affine; the numbers must stay either way."""
    module, inputs = seeded(lambda: Reads(read, **options), X)
    program = collapse_layout(program_of(module, *inputs))
    result = rewrite_of(fold_norm_affine, program, *inputs, relative=ROUNDING)
    (norm,) = (node for node in result.graph.nodes if "layer_norm" in str(node.target))
    return norm.args[2] is None and norm.args[3] is None


def test_fold_norm_affine_keeps_the_numbers() -> None:
    assert is_folded(lambda m, n: m.first(n) + m.second(n))


def test_views_that_keep_the_channels_are_looked_through() -> None:
    assert is_folded(lambda m, n: m.first(n.permute(1, 0, 2).reshape(10, 8)))
    assert is_folded(lambda m, n: m.first(n.permute(1, 0, 2)[1:3]))


def test_rolls_and_means_of_tokens_are_looked_through() -> None:
    assert is_folded(lambda m, n: m.first(n.roll((1, -2), (0, 1))))
    assert is_folded(lambda m, n: m.first(n.mean(1)) + m.second(n.mean((0, 1))))


def test_fold_norm_affine_leaves_a_norm_alone_whose_channels_are_mixed() -> None:
    assert not is_folded(lambda m, n: m.first(n.roll(1, 2)))
    assert not is_folded(lambda m, n: m.first(n.roll(1)))
    assert not is_folded(lambda m, n: m.first(n.mean(2, keepdim=True) + n))


def test_fold_norm_affine_leaves_a_norm_alone_that_a_residual_reads() -> None:
    assert not is_folded(lambda m, n: m.first(n) + n[..., :6])


def test_fold_norm_affine_leaves_a_norm_alone_whose_channels_move() -> None:
    assert not is_folded(lambda m, n: m.first(n.reshape(2, 8, 5).transpose(1, 2)))
    assert not is_folded(lambda m, n: m.first(n.reshape(5, 2, 8).relu()))


def test_fold_norm_affine_leaves_a_norm_alone_that_scales_a_linears_weight() -> None:
    """The norm is the Linear's weight, not its input."""
    assert not is_folded(lambda m, n: torch.nn.functional.linear(n, n[0]))
