from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from edgeattn_converters.passes.drop_identities import drop_identities
from edgeattn_converters.passes.fuse_gelu import fuse_gelu
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
X = normal(2, 5, 8)
HALF = torch.full((1, 1, 1, 1), 0.5)


def fused(function) -> dict[str, int]:
    return operators(
        rewrite_of(fuse_gelu, drop_identities(program_of(function, X)), X, relative=ROUNDING)
    )


def tanh_form(x: Tensor) -> Tensor:
    """GPT-2's own words."""
    inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))
    return 0.5 * x * (1.0 + torch.tanh(inner))


@pytest.mark.parametrize(
    "gelu",
    [
        lambda x: x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0))),
        lambda x: 0.5 * x * (torch.erf(x * 0.7071067811865475) + 1),
        lambda x: x * (1 + torch.erf(x / 2**0.5)) / 2,
        lambda x: x * ((torch.erf(x * 0.70710678) + 1) * 0.5),
        tanh_form,
        lambda x: 0.5 * x * (1 + torch.tanh(x * 0.7978845608 * (1 + 0.044715 * x * x))),
        lambda x: x * 0.5 * (1 + torch.tanh((0.044715 * x * x * x + x) * 0.7978845608028654)),
    ],
    ids=["BERT", "factor first", "halved last", "halved gate", "GPT-2", "x outside", "cube last"],
)
def test_fuse_gelu_keeps_the_numbers(gelu) -> None:
    assert fused(lambda x: gelu(x + 1)) == {"add": 1, "gelu": 1}


def test_the_kind_of_approximation_is_kept() -> None:
    program = fuse_gelu(program_of(tanh_form, X))
    (gelu,) = program.graph.find_nodes(op="call_function", target=torch.ops.aten.gelu.default)
    assert gelu.kwargs == {"approximate": "tanh"}


@pytest.mark.parametrize(
    "almost",
    [
        lambda x: x * 0.5 * (1 + torch.erf(x / 1.4)),
        lambda x: x * 0.4 * (1 + torch.erf(x / math.sqrt(2))),
        lambda x: x * 0.5 * (2 + torch.erf(x / math.sqrt(2))),
        lambda x: x.relu() * 0.5 * (1 + torch.erf(x / math.sqrt(2))),
        lambda x: 0.5 * x * (1 + torch.tanh(0.7978845608 * (x + 0.05 * x**3))),
        lambda x: 0.5 * x * (1 + torch.tanh(x)),
        lambda x: x * HALF * (1 + torch.erf(x / math.sqrt(2))),
    ],
    ids=["another root", "another half", "another one", "another x", "another cubic", "no cubic",
         "an axis more"],
)  # fmt: skip
def test_fuse_gelu_leaves_alone_what_is_almost_one(almost) -> None:
    assert "gelu" not in fused(almost)
