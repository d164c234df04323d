"""Let the channels between two layers fill one range: relu(x W) V -> relu(x (W / s)) (s V).

A step of int8 is as wide as the widest channel needs; a channel a hundred times narrower keeps one
or two levels. relu(s x) = s relu(x) for s > 0, and so do pools, so that the factor moves through
them into the next layer. Exact but for float rounding. Sums with a shortcut, Hardswish, GELU and
ReLU6 let no factor through.

Our weights have a scale per channel, so dividing the rows of W costs nothing; what may cost is that
the columns of V share a row's step. Source: Nagel et al. 2019, arXiv:1906.04721, section 4.1, which
equalises weights of one scale; the factor here is SmoothQuant's (channel_scaling.py). Measured:
docs/measurements/channel-scaling.md.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.passes.channel_scaling import best_factor, scale_columns, scale_rows
from edgeattn_converters.passes.channel_statistics import ChannelStatistics
from edgeattn_converters.passes.channel_walk import CHANNEL_AXIS, is_projection
from edgeattn_converters.program import Program, finish, shape

A = torch.ops.aten

HOMOGENEOUS = frozenset({A.relu.default, A.max_pool2d.default, A.avg_pool2d.default})
"""f(s x) = s f(x) for s > 0, channel by channel."""


def equalise(program: Program, statistics: ChannelStatistics) -> Program:
    """Return a copy in which the channels between two layers have like ranges.

    Every activation lies between one pair of layers only, so that what is seen before the first
    change still holds for the last.
    """
    program = program.copy()
    for first in filter(is_projection, list(program.graph.nodes)):
        second = _next_layer(first)
        if second is None or second.name not in statistics.inputs:
            continue
        factor = best_factor(program, statistics.inputs[second.name], [second])
        if factor is None:
            continue
        scale_rows(program, first, 1 / factor)
        scale_columns(program, second, factor)
    return finish(program)


def _next_layer(first: fx.Node) -> fx.Node | None:
    """Return the layer that alone reads `first`, through what lets factors pass, or None."""
    node = first
    while len(node.users) == 1:
        (user,) = node.users
        if is_projection(user) and user.args[0] is node:
            return user if CHANNEL_AXIS[user.target] == _axis_behind(first, node) else None
        if not _lets_factors_pass(user, node):
            return None
        node = user
    return None


def _axis_behind(first: fx.Node, node: fx.Node) -> int:
    """Return where the channels of `first` lie in `node`, counted from its end."""
    axis = len(shape(first)) + CHANNEL_AXIS[first.target]
    return axis - len(shape(node))


def _lets_factors_pass(user: fx.Node, node: fx.Node) -> bool:
    """Tell whether f(s x) = s f(x), and the channels stay on their axis."""
    if user.target is A.constant_pad_nd.default:
        given = arguments(user)
        return given["value"] == 0 and len(given["pad"]) <= 4 and len(shape(node)) == 4
    if user.target is A.mean.dim:  # of an image, over its pixels
        axes = arguments(user)["dim"]
        return len(shape(node)) == 4 and sorted(axis % 4 for axis in axes or ()) == [2, 3]
    if user.target is A.reshape.default:  # [batch, channels, 1, 1] -> [batch, channels]
        return len(shape(node)) == 4 and shape(node) == (*shape(user), 1, 1)
    return user.target in HOMOGENEOUS
