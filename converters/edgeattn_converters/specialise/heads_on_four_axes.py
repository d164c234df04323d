"""Give every head its own mask on LiteRT's GPU: products of rank 3 get a fourth axis in front.

    softmax(matmul(q, k') + bias)  on [heads, tokens, keys]
    -> the same                    on [1, heads, tokens, keys]

The GPU accelerator reads the first of three axes as a batch. A constant added to such a product,
with as many rows in front, is then read for the first of them alone: every head gets the mask of
head 0, the file counts as fully accelerated, and nobody is told. On four axes the same sum is
right, and so is rank 3 without a constant (docs/measurements/gpu-forms.md, ai-edge-litert 2.3).
nn.MultiheadAttention and litert-torch write rank 3. Exact: no number changes, and the reshapes
meet those that split and join the heads.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.passes.elementwise_operators import BINARY
from edgeattn_converters.passes.fold_constants import fold_constants
from edgeattn_converters.passes.twins import Build, Twins, build_twins
from edgeattn_converters.program import Program, call, finish, shape

A = torch.ops.aten


def heads_on_four_axes(program: Program) -> Program:
    """Return a copy in which no product, nor what follows it, has its heads on the first axis."""
    program = program.copy()
    build_twins(program, _BUILDERS, _three)
    return collapse_layout(fold_constants(finish(program)))


def _three(node: fx.Node, twin: fx.Node) -> fx.Node | None:
    if shape(twin) == shape(node):  # a mask of rank 4 made the sum rank 4 already
        return None
    return call(node, A.reshape.default, twin, list(shape(node)))


def _four(node: fx.Node, like: fx.Node, twins: Twins) -> fx.Node:
    """Return [1, heads, ...] of a value [heads, ...]; anything else is left as it is."""
    if node in twins or len(shape(node)) != 3:
        return twins.get(node, node)
    return call(like, A.reshape.default, node, [1, *shape(node)])


def _product(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    if len(shape(node)) != 3 or shape(node)[0] == 1:
        return None
    left, right = (_four(operand, node, twins) for operand in node.all_input_nodes)
    return call(node, A.matmul.default, left, right)


def _elementwise(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    if not any(operand in twins for operand in node.all_input_nodes):
        return None
    args: tuple[Any, ...] = fx.node.map_arg(node.args, lambda one: _four(one, node, twins))
    assert callable(node.target)
    return call(node, node.target, *args, **node.kwargs)


def _softmax(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    if source(node) not in twins:
        return None
    given = arguments(node)
    axis = given["dim"] % len(shape(node)) - len(shape(node))
    return call(node, A.softmax.int, twins[source(node)], axis)


_BUILDERS: dict[object, Build] = {
    A.matmul.default: _product,
    A.bmm.default: _product,
    A.softmax.int: _softmax,
    **dict.fromkeys(BINARY, _elementwise),
}
