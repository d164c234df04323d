"""Fold a constant factor into the projection before it: (x W + b) * c -> x (c W) + c b.

Attention divides its scores by sqrt(head width); folded into the query projection, that costs
nothing. A factor on the scores moves to the query first: (q k') c = (q c) k'. Exact but for
float rounding; exact altogether for a power of two.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.passes.channel_walk import (
    parameters,
    projection_behind,
    with_parameters,
)  # fmt: skip
from edgeattn_converters.program import (
    Program,
    add_constant,
    constant,
    finish,
    is_constant,
    shape,
)  # fmt: skip

A = torch.ops.aten


def fold_scale(program: Program) -> Program:
    """Return a copy in which constant factors live in the weights before them."""
    program = program.copy()
    for node in list(program.graph.nodes):
        factor = _factor(program, node)
        if factor is None:
            continue
        scaled = node.args[0]
        projection = _target(scaled)
        if projection is None:
            continue
        weight, bias = parameters(program, projection)
        with program.graph.inserting_before(projection):
            with_parameters(
                projection,
                add_constant(program, f"{projection.name}_weight", weight * factor),
                add_constant(program, f"{projection.name}_bias", bias * factor),
            )
        node.replace_all_uses_with(scaled)
        program.graph.erase_node(node)
    return finish(program)


def _target(scaled: object) -> fx.Node | None:
    """Return the projection that can take a factor on `scaled`: its own, or the query's."""
    if isinstance(scaled, fx.Node) and scaled.target is A.matmul.default:
        if len(scaled.users) != 1:
            return None
        return projection_behind(scaled.args[0])
    return projection_behind(scaled)


def _factor(program: Program, node: fx.Node) -> float | None:
    """Return c where the node is x * c or x / c, else None."""
    if node.target not in (A.mul.Tensor, A.div.Tensor, A.mul.Scalar, A.div.Scalar):
        return None
    if len(node.args) != 2 or node.kwargs:
        return None
    scaled, value = node.args
    if not isinstance(scaled, fx.Node) or shape(scaled) != shape(node):
        return None  # the factor also adds an axis
    if is_constant(value):
        tensor = constant(program, value)
        value = float(tensor) if tensor.numel() == 1 and tensor.is_floating_point() else None
    if not isinstance(value, (int, float)) or value == 0:
        return None
    multiplies = node.target in (A.mul.Tensor, A.mul.Scalar)
    return float(value) if multiplies else 1 / float(value)
