from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edgeattn_converters.passes import apply_passes
from edgeattn_converters.specialise.fuse_attention import fuse_attention
from edgeattn_converters.specialise.fuse_projection import fuse_projection
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
X = normal(2, 6, 8)


class Attention(nn.Module):
    """Separate projections; `change` may bend the input of K and V, or the scores."""

    def __init__(self, *, bias: bool = True, value: int = 8, change=None, add=None) -> None:
        super().__init__()
        self.q, self.k = nn.Linear(8, 8, bias=bias), nn.Linear(8, 8)
        self.v, self.change, self.add = nn.Linear(8, value), change, add

    def forward(self, x: Tensor) -> Tensor:
        other = x if self.change is None else self.change(x)
        q, k, v = (
            part.unflatten(-1, (2, -1)).transpose(1, 2)
            for part in (self.q(x), self.k(other), self.v(other))
        )
        scores = q @ k.transpose(2, 3) / 2
        scores = scores if self.add is None else scores + self.add
        return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


def is_fused(**options) -> bool:
    program = fuse_attention(apply_passes(program_of(Attention(**options), X)))
    assert operators(program)["multi_head_attention"] == 1
    return operators(rewrite_of(fuse_projection, program, X, relative=ROUNDING)) == {
        "projected_attention": 1
    }


@pytest.mark.parametrize("bias", [True, False])
def test_fuse_projection_keeps_the_numbers(bias: bool) -> None:
    assert is_fused(bias=bias)


def test_fuse_projection_leaves_cross_attention_alone() -> None:
    assert not is_fused(change=lambda x: x.relu())


def test_fuse_projection_leaves_values_of_another_width_alone() -> None:
    assert not is_fused(value=4)


def test_fuse_projection_leaves_attention_with_a_bias_alone() -> None:
    assert not is_fused(add=torch.ones(6, 6).triu(1) * -30)


def test_fuse_projection_leaves_a_projection_alone_that_something_else_reads() -> None:
    class Reads(Attention):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) + self.q(x)

    program = fuse_attention(apply_passes(program_of(Reads(), X)))
    found = operators(rewrite_of(fuse_projection, program, X, relative=ROUNDING))
    assert "projected_attention" not in found
