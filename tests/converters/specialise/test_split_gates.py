from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn_converters.operators import E
from edgeattn_converters.specialise.split_gates import (
    split_coreless_gates,
    split_hardswish,
    split_silu,
)
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

X = normal(2, 4)
ROUNDING = 1e-6  # of the largest output: PyTorch divides where this multiplies

each = pytest.mark.parametrize(
    ("split", "activation", "gate", "name"),
    [
        (split_silu, nn.SiLU, "sigmoid", "silu"),
        (split_hardswish, nn.Hardswish, "hardsigmoid", "hardswish"),
    ],
    ids=["silu", "hardswish"],
)


@each
def test_splitting_keeps_the_numbers(split, activation, gate, name) -> None:
    result = rewrite_of(split, program_of(activation(), X), X, relative=ROUNDING)
    assert operators(result) == {gate: 1, "mul": 1}


@each
def test_the_product_keeps_the_name_of_the_activation(split, activation, gate, name) -> None:
    program = program_of(nn.Sequential(activation(), nn.ReLU()), X)
    names = [node.name for node in split(program).graph.nodes]
    assert names[1:3] == [f"layer_0_{name}_gate", f"layer_0_{name}"]


@each
def test_other_activations_are_left_alone(split, activation, gate, name) -> None:
    program = program_of(lambda x: torch.sigmoid(x) + x.relu(), X)
    assert str(split(program).graph) == str(program.graph)


def test_beside_a_core_that_is_one_operator_activations_stay_whole() -> None:
    def attend(x: torch.Tensor) -> torch.Tensor:
        attended = E.multi_head_attention(x, x, x, None, 2, 1.0)
        return nn.functional.silu(nn.functional.hardswish(attended))

    x = normal(1, 3, 4)
    program = program_of(attend, x)
    assert str(split_coreless_gates(program).graph) == str(program.graph)
    plain = program_of(lambda x: nn.functional.silu(nn.functional.hardswish(x)), x)
    assert operators(split_coreless_gates(plain)) == {"hardsigmoid": 1, "sigmoid": 1, "mul": 2}
