"""Follow a channel axis backwards through layout operators.

Folding a factor into a Linear needs to know which row of its weight each number of a later
tensor came from. A layout chain is a renaming of indices, so running it on a tensor of channel
numbers gives the answer.
"""

from __future__ import annotations

from typing import TypeGuard

import torch
from torch import fx

from edgeattn_converters.arguments import run, source
from edgeattn_converters.passes.layout_operators import is_layout
from edgeattn_converters.program import Program, constant, is_constant, shape

A = torch.ops.aten

CHANNEL_AXIS: dict[object, int] = {
    A.linear.default: -1, A.conv2d.default: -3, A.conv1d.default: -2,
}  # fmt: skip
"""Operators with a weight [out, ...] and a bias [out], and the axis their channels lie on."""


def projection_behind(node: object) -> fx.Node | None:
    """Return the Linear or convolution that alone feeds `node` through single-user views."""
    while isinstance(node, fx.Node) and len(node.users) == 1 and is_layout(node):
        node = node.args[0]
    return node if is_projection(node) and len(node.users) == 1 else None


def is_projection(node: object) -> TypeGuard[fx.Node]:
    """Tell whether a node is a Linear or convolution with constant weight and bias."""
    if not isinstance(node, fx.Node) or node.target not in CHANNEL_AXIS:
        return False
    parameters = [arg for arg in node.args[1:3] if arg is not None]
    return all(is_constant(arg) for arg in parameters)


def channels_of(projection: fx.Node, node: fx.Node) -> torch.Tensor:
    """Return, in the shape of `node`, which output channel of `projection` each number is."""
    chain = []
    while node is not projection:
        chain.append(node)
        node = source(node)
    size = shape(projection)
    # Counted from the end, since a sample without its batch has one axis less.
    axis = len(size) + CHANNEL_AXIS[projection.target]
    view = [1] * len(size)
    view[axis] = size[axis]
    channels = torch.arange(size[axis]).reshape(view).expand(size)
    for step in reversed(chain):
        channels = run(step, channels)
    return channels


def parameters(program: Program, projection: fx.Node) -> tuple[torch.Tensor, torch.Tensor]:
    """Return weight [out, ...] and bias [out] of a projection; a missing bias is zeros."""
    weight = constant(program, projection.args[1])
    if len(projection.args) > 2 and projection.args[2] is not None:
        return weight, constant(program, projection.args[2])
    return weight, weight.new_zeros(len(weight))


def with_parameters(projection: fx.Node, weight: fx.Node, bias: fx.Node) -> None:
    """Give a projection other parameters, in place."""
    projection.args = (projection.args[0], weight, bias, *projection.args[3:])
