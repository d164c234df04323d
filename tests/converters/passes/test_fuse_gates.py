from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn_converters.passes.fuse_gates import fuse_gates
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same products in another order
X = 4 * normal(2, 5, 8)


def fused(function) -> dict[str, int]:
    return operators(rewrite_of(fuse_gates, program_of(function, X), X, relative=ROUNDING))


@pytest.mark.parametrize("silu", [lambda x: x * x.sigmoid(), lambda x: torch.sigmoid(x) * x])
def test_fuse_gates_keeps_the_numbers_of_a_silu(silu) -> None:
    assert fused(lambda x: silu(x + 1)) == {"add": 1, "silu": 1}


@pytest.mark.parametrize(
    "hardswish",
    [
        lambda x: x * F.relu6(x + 3) / 6,
        lambda x: x * (F.relu6(x + 3.0) / 6.0),
        lambda x: F.hardtanh(x + 3, 0.0, 6.0) * x * (1 / 6),
        lambda x: x * torch.clamp(3 + x, 0, 6) / 6,
        lambda x: x * F.hardsigmoid(x),
    ],
    ids=["MobileNetV3", "gate first", "Hardtanh", "clamp", "Hardsigmoid"],
)
def test_fuse_gates_keeps_the_numbers_of_a_hardswish(hardswish) -> None:
    assert fused(lambda x: hardswish(x - 1)) == {"sub": 1, "hardswish": 1}


def test_a_gate_of_something_else_is_a_hardsigmoid() -> None:
    found = fused(lambda x: x * (F.relu6(x.mean(1, keepdim=True) + 3) / 6))
    assert found == {"mean": 1, "hardsigmoid": 1, "mul": 1}


@pytest.mark.parametrize(
    "almost",
    [
        lambda x: x * x.exp().sigmoid(),
        lambda x: x * (1.702 * x).sigmoid(),
        lambda x: x * F.relu6(x + 2) / 6,
        lambda x: x * F.relu6(x + 3) / 5,
        lambda x: x * torch.clamp(x + 3, 0, 5) / 6,
        lambda x: x * torch.clamp(x + 3, 0) / 6,
        lambda x: x * F.hardtanh(x + 3, -1.0, 6.0) / 6,
    ],
    ids=["another gate", "CLIP's GELU", "another offset", "another slope",
         "cut at 5", "open above", "open below"],
)  # fmt: skip
def test_fuse_gates_leaves_alone_what_is_almost_one(almost) -> None:
    program = program_of(almost, X)
    assert fused(almost) == operators(program)
