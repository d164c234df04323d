from __future__ import annotations

import pytest
import torch
from torch import Tensor

from edgeattn_converters.passes import apply_passes
from edgeattn_converters.specialise.fuse_attention import fuse_attention
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
X = normal(2, 4, 6, 8)
BIAS = normal(6, 6)


def is_fused(attend, x: Tensor = X) -> bool:
    program = apply_passes(program_of(attend, x))
    return (
        operators(rewrite_of(fuse_attention, program, x, relative=ROUNDING))["multi_head_attention"]
        == 1
    )


def scores(x: Tensor) -> Tensor:
    return x @ (x + 1).transpose(-1, -2)


@pytest.mark.parametrize(
    "attend",
    [
        lambda x: scores(x).softmax(-1) @ x,
        lambda x: (scores(x) * 0.3).softmax(-1) @ x[..., :5],
        lambda x: (scores(x) * 0.3 + BIAS).softmax(-1) @ x,
        lambda x: (BIAS + scores(x)).softmax(3) @ x,
        lambda x: (scores(x) + BIAS[0]).softmax(-1) @ x,
        lambda x: (scores(x) + x[..., :6]).softmax(-1) @ x,
        lambda x: (scores(x) + BIAS.expand(2, 1, 6, 6)).softmax(-1) @ x,
    ],
)
def test_fuse_attention_keeps_the_numbers(attend) -> None:
    assert is_fused(attend)


def test_heads_on_the_first_axis_are_fused_too() -> None:
    assert is_fused(lambda x: scores(x).softmax(-1) @ x, X.flatten(0, 1))


def test_the_fused_operator_keeps_the_name_of_the_core() -> None:
    program = apply_passes(program_of(lambda x: scores(x).softmax(-1) @ x, X))
    core = [node for node in program.graph.nodes if "matmul" in str(node.target)][-1]
    fused = [n for n in fuse_attention(program).graph.nodes if "multi_head" in str(n.target)]
    assert [node.name for node in fused] == [core.name]


@pytest.mark.parametrize(
    "attend",
    [
        lambda x: scores(x).softmax(-2) @ x,
        lambda x: (scores(x).softmax(-1) + 1) @ x,
        lambda x: scores(x).softmax(-1) @ x + scores(x).sum(),
        lambda x: scores(x[:, :1]).softmax(-1) @ x,
        lambda x: (x @ x[:, :1].transpose(-1, -2)).softmax(-1) @ x,
        lambda x: (scores(x) + x[:, :, :1, :6]).softmax(-1) @ x,
        lambda x: torch.add(scores(x), x[..., :6], alpha=2).softmax(-1) @ x,
        lambda x: (scores(x) + scores(x).softmax(-1)).softmax(-1) @ x,
        lambda x: x.softmax(-1) @ x.transpose(-1, -2),
        lambda x: scores(x[None]).softmax(-1) @ x[None],
    ],
)
def test_fuse_attention_leaves_other_products_alone(attend) -> None:
    assert not is_fused(attend)
