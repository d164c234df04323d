from __future__ import annotations

import torch
from torch import nn

from edgeattn_converters.specialise.split_hardswish import split_hardswish
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

X = normal(2, 4)
ROUNDING = 1e-6  # of the largest output: PyTorch divides by 6 once, behind the product


def test_split_hardswish_keeps_the_numbers() -> None:
    result = rewrite_of(split_hardswish, program_of(nn.Hardswish(), X), X, relative=ROUNDING)
    assert operators(result) == {"hardsigmoid": 1, "mul": 1}


def test_the_product_keeps_the_name_of_the_hardswish() -> None:
    program = program_of(nn.Sequential(nn.Hardswish(), nn.ReLU()), X)
    names = [node.name for node in split_hardswish(program).graph.nodes]
    assert names[1:3] == ["layer_0_hardswish_gate", "layer_0_hardswish"]


def test_split_hardswish_leaves_other_activations_alone() -> None:
    program = program_of(lambda x: torch.sigmoid(x) + x.relu(), X)
    assert str(split_hardswish(program).graph) == str(program.graph)
