from __future__ import annotations

import pytest
import torch
from torch import Tensor, fx

from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.program import Program, shape
from edgeattn_converters.specialise.heads_on_four_axes import heads_on_four_axes
from tests.converters.programs import normal
from tests.converters.rewriting import program_of, rewrite_of

X = normal(4, 6, 8)  # [heads, tokens, head_width]
BIASES = {"per head": (4, 6, 6), "rank 4": (1, 4, 6, 6), "shared": (6, 6), "per key": (6,)}


def attention(bias: Tensor | None):
    def forward(x: Tensor) -> Tensor:
        scores = torch.bmm(x, x.transpose(1, 2)) * 0.5
        scores = scores if bias is None else scores + bias
        return torch.bmm(scores.softmax(-1).reshape(4, 6, 6), x)

    return forward


def products(program: Program) -> list[fx.Node]:
    return [
        node
        for node in program.graph.nodes
        if "mm" in str(node.target) or "matmul" in str(node.target)
    ]


@pytest.mark.parametrize("size", BIASES.values(), ids=BIASES)
def test_heads_on_four_axes_keeps_the_numbers(size: tuple[int, ...]) -> None:
    program = program_of(attention(normal(*size)), X)
    result = rewrite_of(heads_on_four_axes, program, X, relative=0)
    assert [len(shape(node)) for node in products(result)] == [4, 4]


@pytest.mark.parametrize("size", [(4, 6, 6), (1, 4, 6, 6)])
def test_nothing_is_added_to_a_value_with_its_heads_in_front(size: tuple[int, ...]) -> None:
    result = heads_on_four_axes(program_of(attention(normal(*size)), X))
    for node in result.graph.nodes:
        if "add" in str(node.target):
            assert [shape(operand)[0] for operand in node.all_input_nodes] == [1, 1]


def test_the_views_between_the_products_cancel() -> None:
    program = collapse_layout(program_of(attention(None), X))
    result = rewrite_of(heads_on_four_axes, program, X, relative=0)
    first, second = products(result)
    between, node = [], second.args[0]
    while node is not first:
        assert isinstance(node, fx.Node)
        between.append(str(node.target))
        node = node.args[0]
    assert not [name for name in between if "reshape" in name]


def test_heads_on_four_axes_leaves_four_axes_and_single_rows_alone() -> None:
    for function in (lambda x: x[None] @ x.mT[None], lambda x: x[:1] @ x.mT[:1]):
        program = collapse_layout(program_of(function, X))
        before = [shape(node) for node in products(program)]
        result = rewrite_of(heads_on_four_axes, program, X, relative=0)
        assert [shape(node) for node in products(result)] == before


def test_a_softmax_over_tokens_keeps_its_axis() -> None:
    program = program_of(lambda x: torch.bmm(x, x.mT).softmax(1), X)
    rewrite_of(heads_on_four_axes, program, X, relative=0)
