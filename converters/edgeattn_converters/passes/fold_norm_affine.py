"""Fold LayerNorm's affine into the Linears behind it: (n(x) g + b) W + c -> n(x) (g W) + (b W + c).

XNNPACK has no LayerNorm: it runs as eight operators, two of them this affine. Without it a
LayerNorm is 1.6x as fast (docs/measurements/engine-forms.md). Exact but for float rounding.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.passes.channel_walk import is_projection, parameters, with_parameters
from edgeattn_converters.program import (
    Program,
    add_constant,
    constant,
    finish,
    is_constant,
    shape,
)  # fmt: skip

A = torch.ops.aten


def fold_norm_affine(program: Program) -> Program:
    """Return a copy whose LayerNorms in front of Linears carry no scale and no shift."""
    program = program.copy()
    for norm in program.graph.find_nodes(op="call_function", target=A.layer_norm.default):
        width, given = shape(norm)[-1], arguments(norm)
        affine = [given[key] for key in ("weight", "bias")]
        if affine == [None, None] or not all(arg is None or is_constant(arg) for arg in affine):
            continue
        readers = linears_behind(norm, width)
        if readers is None or list(given["normalized_shape"]) != [width]:
            continue
        gamma, beta = (None if arg is None else constant(program, arg) for arg in affine)
        for linear in readers:
            weight, bias = parameters(program, linear)
            if beta is not None:
                bias = bias + weight @ beta
            if gamma is not None:
                weight = weight * gamma
            with program.graph.inserting_before(linear):
                with_parameters(
                    linear,
                    add_constant(program, f"{linear.name}_weight", weight),
                    add_constant(program, f"{linear.name}_bias", bias),
                )
        norm.args = (norm.args[0], [width], None, None, given["eps"], False)
        norm.kwargs = {}
    return finish(program)


def linears_behind(node: fx.Node, width: int) -> list[fx.Node] | None:
    """Return the Linears that read `node`, through what keeps its last axis, or None."""
    readers: list[fx.Node] = []
    for user in node.users:
        if is_projection(user) and user.target is A.linear.default and user.args[0] is node:
            readers.append(user)
        elif _keeps_channels(user, width):
            behind = linears_behind(user, width)
            if behind is None:
                return None
            readers += behind
        else:
            return None
    return readers or None


AXES: dict[object, str] = {A.slice.Tensor: "dim", A.roll.default: "dims", A.mean.dim: "dim"}
"""Operators that work along some axes, and the argument that names them."""


def _keeps_channels(node: fx.Node, width: int) -> bool:
    """Tell whether a view, a roll or a mean leaves the channels alone, on the last axis.

    A mean of tokens takes the affine along: mean(n g + b) = mean(n) g + b.
    """
    if node.target in AXES:
        named, rank = arguments(node)[AXES[node.target]], len(shape(source(node)))
        axes = named if isinstance(named, (list, tuple)) else [named]
        return bool(axes) and all(axis % rank != rank - 1 for axis in axes)
    if node.target is A.permute.default:
        return bool(arguments(node)["dims"][-1] in (len(shape(node)) - 1, -1))
    return node.target is A.reshape.default and shape(node)[-1] == width
