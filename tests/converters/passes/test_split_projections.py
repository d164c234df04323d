from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.passes.split_projections import split_projections
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
X = normal(2, 5, 8)


class Cut(nn.Module):
    def __init__(self, read, *, bias: bool = True) -> None:
        super().__init__()
        self.qkv, self.read = nn.Linear(8, 24, bias=bias), read

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self.qkv(x))


def split(read, **options: bool):
    program = collapse_layout(program_of(Cut(read, **options), X))
    return rewrite_of(split_projections, program, X, relative=ROUNDING)


def test_split_projections_keeps_the_numbers() -> None:
    def read(y: Tensor) -> Tensor:
        q, k, v = y.chunk(3, -1)
        return q * k + v

    for bias in (True, False):
        assert operators(split(read, bias=bias)) == {"linear": 3, "mul": 1, "add": 1}


def test_the_thirds_are_named_query_key_and_value() -> None:
    names = [
        node.name for node in split(lambda y: y[..., :8] * y[..., 8:16] + y[..., 16:]).graph.nodes
    ]
    assert {"qkv_linear_query", "qkv_linear_key", "qkv_linear_value"} <= set(names)


def test_other_parts_are_named_by_their_first_channel() -> None:
    names = [node.name for node in split(lambda y: y[..., :4] + y[..., -4:]).graph.nodes]
    assert {"qkv_linear_channels_0", "qkv_linear_channels_20"} <= set(names)


def test_a_part_that_is_read_in_two_layouts_is_computed_once() -> None:
    """Token merging reads the keys beside the product."""

    def read(y: Tensor) -> Tensor:
        q, k, v = (part.unflatten(-1, (2, 4)).transpose(1, 2) for part in y.chunk(3, -1))
        return q @ k.transpose(2, 3) @ v * k.mean(1, keepdim=True)

    program = split(read)
    assert operators(program)["linear"] == 3
    names = [node.name for node in program.graph.nodes]
    assert {"qkv_linear_query", "qkv_linear_key", "qkv_linear_value"} <= set(names)


def test_split_projections_leaves_a_linear_alone_that_is_read_whole_too() -> None:
    assert operators(split(lambda y: y.sum() + y[..., :8]))["linear"] == 1


def test_split_projections_leaves_slices_of_tokens_alone() -> None:
    assert operators(split(lambda y: y[:, :2] * y[:, 2:4])) == {"linear": 1, "slice": 2, "mul": 1}


def test_split_projections_leaves_every_second_channel_alone() -> None:
    assert operators(split(lambda y: y[..., ::2].exp()))["slice"] == 1


def test_split_projections_leaves_a_linear_alone_whose_weight_is_computed() -> None:
    program = program_of(lambda x: torch.nn.functional.linear(x, x[0].exp())[..., :2], X)
    result = rewrite_of(split_projections, program, X, relative=0)
    assert operators(result) == operators(program)
