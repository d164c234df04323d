from __future__ import annotations

import torch
from torch import nn

from edgeattn_converters.passes.channel_walk import (
    channels_of,
    is_projection,
    parameters,
    projection_behind,
)
from edgeattn_converters.program import Program, shape
from tests.converters.programs import normal
from tests.converters.rewriting import program_of

X = normal(2, 5, 8)


def last(program: Program):
    return program.graph.output_node().args[0][0]


def test_channels_are_followed_through_views() -> None:
    linear = nn.Linear(8, 6)
    program = program_of(lambda x: linear(x).unflatten(-1, (2, 3)).permute(3, 0, 2, 1), X)
    node = last(program)
    channels = channels_of(projection_behind(node), node)
    assert tuple(channels.shape) == shape(node) == (3, 2, 2, 5)
    assert channels[:, 0, :, 0].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_channels_of_a_convolution_lie_on_its_second_axis() -> None:
    program = program_of(nn.Conv1d(5, 3, 1), X)
    assert channels_of(last(program), last(program))[0, :, 0].tolist() == [0, 1, 2]


def test_channels_of_a_sample_without_batch_lie_on_its_first_axis() -> None:
    program = program_of(nn.Conv1d(5, 3, 1), X[0])
    assert channels_of(last(program), last(program))[:, 0].tolist() == [0, 1, 2]


def test_a_projection_that_is_read_twice_feeds_nothing_alone() -> None:
    linear = nn.Linear(8, 8)

    def forward(x):
        y = linear(x)
        return y.transpose(1, 2) @ y

    (product,) = (n for n in program_of(forward, X).graph.nodes if "matmul" in str(n.target))
    assert projection_behind(product.args[0]) is None
    assert projection_behind(product) is None
    assert projection_behind(3) is None


def test_a_computed_weight_makes_no_projection() -> None:
    program = program_of(lambda x: nn.functional.linear(x, x[0]), X)
    assert not any(is_projection(node) for node in program.graph.nodes)


def test_a_missing_bias_is_zeros() -> None:
    program = program_of(nn.Linear(8, 6, bias=False), X)
    weight, bias = parameters(program, last(program))
    assert weight.shape == (6, 8)
    assert torch.equal(bias, torch.zeros(6))
