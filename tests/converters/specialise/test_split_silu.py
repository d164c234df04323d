from __future__ import annotations

import torch
from torch import nn

from edgeattn_converters.specialise.split_silu import split_silu
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

X = normal(2, 4)
ROUNDING = 1e-6  # of the largest output: PyTorch's SiLU divides where this multiplies


def test_split_silu_keeps_the_numbers() -> None:
    result = rewrite_of(split_silu, program_of(nn.SiLU(), X), X, relative=ROUNDING)
    assert operators(result) == {"sigmoid": 1, "mul": 1}


def test_the_product_keeps_the_name_of_the_silu() -> None:
    program = program_of(nn.Sequential(nn.SiLU(), nn.ReLU()), X)
    names = [node.name for node in split_silu(program).graph.nodes]
    assert names[1:3] == ["layer_0_silu_gate", "layer_0_silu"]


def test_split_silu_leaves_other_activations_alone() -> None:
    program = program_of(lambda x: torch.sigmoid(x) + x.relu(), X)
    assert str(split_silu(program).graph) == str(program.graph)
