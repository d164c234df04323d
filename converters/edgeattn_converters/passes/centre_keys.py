"""Take a constant out of the keys: softmax(q (x W + b)') = softmax(q (x W + b - c)').

q c' is one number per query: it moves a whole row of scores, which a softmax does not see. With
calibration, c is the middle of each channel's range, and what int8 has to cover shrinks to what
keys differ by. Without it, c = b: the bias goes. Exact but for float rounding, whatever c is.

SageAttention subtracts the mean key as the model runs (Zhang et al. 2024, arXiv:2410.02367, section
4.2); here a constant comes out of a bias, which costs nothing.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.passes.channel_statistics import Channels, ChannelStatistics
from edgeattn_converters.passes.channel_walk import (
    channels_of,
    parameters,
    projection_behind,
    with_parameters,
)  # fmt: skip
from edgeattn_converters.program import Program, add_constant, finish, shape

A = torch.ops.aten

SUMS = frozenset({A.add.Tensor, A.sub.Tensor, A.rsub.Scalar})
FACTORS = frozenset({A.mul.Tensor, A.div.Tensor, A.mul.Scalar, A.div.Scalar})


WORTH = 0.95
"""Share of the keys' largest magnitude that may remain for a change to pay."""


def centre_keys(program: Program, statistics: ChannelStatistics | None = None) -> Program:
    """Return a copy whose keys lie around zero, channel by channel.

    Args:
        program: With attention spelled out and Q, K and V apart.
        statistics: What the projections gave on real samples; without any, biases of keys go.
    """
    program = program.copy()
    for scores in program.graph.find_nodes(op="call_function", target=A.matmul.default):
        keys = projection_behind(scores.args[1])
        if keys is None or not _one_channel_a_row(keys, scores) or not _ends_in_softmax(scores):
            continue
        bias = parameters(program, keys)[1]
        away = bias if statistics is None else _centre(statistics.outputs.get(keys.name))
        if away is None or not away.any():
            continue
        with program.graph.inserting_before(keys):
            centred = add_constant(program, f"{keys.name}_bias_centred", bias - away)
        assert isinstance(keys.args[1], fx.Node)
        with_parameters(keys, keys.args[1], centred)
    return finish(program)


def _centre(keys: Channels | None) -> torch.Tensor | None:
    """Return what to subtract from each channel, or None where that hardly makes keys smaller."""
    if keys is None:
        return None
    largest = float(keys.largest.max())
    return keys.middle if float((keys.high - keys.low).max()) / 2 < WORTH * largest else None


def _one_channel_a_row(keys: fx.Node, scores: fx.Node) -> bool:
    """Tell whether each row of the transposed keys [head_width, tokens] is one channel.

    Then a constant per channel adds the same to all scores of a query.
    """
    transposed = scores.args[1]
    assert isinstance(transposed, fx.Node)
    channels = channels_of(keys, transposed)
    return channels.ndim >= 2 and bool((channels == channels[..., :1]).all())


def _ends_in_softmax(scores: fx.Node) -> bool:
    """Tell whether scores are read by a softmax over the keys alone, through sums and factors."""
    node = scores
    while len(node.users) == 1:
        (user,) = node.users
        if user.target is A.softmax.int:
            return user.args[1] in (-1, len(shape(node)) - 1)
        if not _keeps_rows(user, node):
            return False
        node = user
    return False


def _keeps_rows(user: fx.Node, node: fx.Node) -> bool:
    """Tell whether a row with a constant added stays such a row behind `user`."""
    if not shape(user) or shape(user)[-1] != shape(node)[-1]:
        return False
    if user.target in SUMS or user.target is A.reshape.default:
        return True
    return user.target in FACTORS and user.args[0] is node and _is_same_for_all_keys(user.args[1])


def _is_same_for_all_keys(factor: object) -> bool:
    if isinstance(factor, fx.Node):
        return shape(factor)[-1:] in ((), (1,))
    return isinstance(factor, (int, float))
