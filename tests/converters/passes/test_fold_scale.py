from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn_converters.passes.drop_identities import drop_identities
from edgeattn_converters.passes.fold_scale import fold_scale
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: one product per weight instead of one per result
X = normal(2, 5, 8)


class Scaled(nn.Module):
    """A Linear, a convolution, and what is done with them."""

    def __init__(self, read) -> None:
        super().__init__()
        self.linear, self.other = nn.Linear(8, 8), nn.Linear(8, 8, bias=False)
        self.conv, self.read = nn.Conv1d(5, 4, 1), read

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self, x)


def products(read) -> int:
    """Count the multiplications that are left; the numbers must stay."""
    program = drop_identities(program_of(Scaled(read), X))
    kinds = operators(rewrite_of(fold_scale, program, X, relative=ROUNDING))
    return kinds["mul"] + kinds["div"]


def test_fold_scale_keeps_the_numbers() -> None:
    assert products(lambda m, x: m.linear(x) * 0.3) == 0
    assert products(lambda m, x: m.other(x) / 3) == 0
    assert products(lambda m, x: m.conv(x) * torch.tensor(0.3)) == 0
    assert products(lambda m, x: m.linear(x).transpose(1, 2) * 0.5 / 8**0.5) == 0


def test_a_factor_on_the_scores_moves_to_the_query() -> None:
    assert products(lambda m, x: m.linear(x) @ m.other(x).transpose(1, 2) * 8**-0.5) == 0


def test_fold_scale_leaves_the_other_use_of_a_shared_linear_alone() -> None:
    assert products(lambda m, x: m.linear(x) * 0.3 + m.linear(x + 1)) == 0


def test_fold_scale_leaves_a_result_alone_that_is_read_unscaled_too() -> None:
    def read(m: Scaled, x: Tensor) -> Tensor:
        y = m.linear(x)
        return y * 0.3 + y

    assert products(read) == 1


def test_fold_scale_leaves_factors_per_channel_alone() -> None:
    gamma = normal(8)
    assert products(lambda m, x: m.linear(x) * gamma) == 1


def test_fold_scale_leaves_rounded_quotients_alone() -> None:
    assert products(lambda m, x: torch.div(m.linear(x), 0.3, rounding_mode="floor")) == 1


def test_fold_scale_leaves_a_factor_alone_that_adds_an_axis() -> None:
    factor = torch.full((1, 1, 1, 1), 0.5)
    assert products(lambda m, x: m.linear(x) * factor) == 1


def test_fold_scale_leaves_what_no_projection_computes_alone() -> None:
    assert products(lambda m, x: m.linear(x).relu() * 0.5) == 1
