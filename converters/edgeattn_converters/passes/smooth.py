"""Share wide channels of tokens with the weights behind them: n(x) W -> (n(x) / s) (s W).

A transformer's LayerNorms give some channels many times the range of the others, and an int8
activation has one step for all of them. The factor comes out of what precedes the Linear:

    layer_norm(x) W            -> layer_norm(x, weight=1 / s) (s W)
    (softmax(a) (x V)) W       -> (softmax(a) (x (V / s))) (s W)      attention only sums values

Exact but for float rounding. Values cost nothing; a norm gets back the multiplication that
fold_norm_affine took out. Source: Xiao et al. 2023, SmoothQuant, arXiv:2211.10438; how s is
chosen is in channel_scaling.py. It answers outliers of models with billions of parameters; on small
ones it gave -0.8 to +3.1 dB (docs/measurements/channel-scaling.md), so recipes leave it off.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, run, source
from edgeattn_converters.passes.channel_scaling import best_factor, scale_columns, scale_rows
from edgeattn_converters.passes.channel_statistics import ChannelStatistics
from edgeattn_converters.passes.channel_walk import channels_of, is_projection, projection_behind
from edgeattn_converters.passes.fold_norm_affine import linears_behind
from edgeattn_converters.passes.layout_operators import is_layout
from edgeattn_converters.program import Program, add_constant, finish, shape

A = torch.ops.aten


def smooth(program: Program, statistics: ChannelStatistics) -> Program:
    """Return a copy in which wide channels of norms and values are shared with weights."""
    program = program.copy()
    for norm in program.graph.find_nodes(op="call_function", target=A.layer_norm.default):
        _smooth_norm(program, norm, statistics)
    for product in program.graph.find_nodes(op="call_function", target=A.matmul.default):
        _smooth_values(program, product, statistics)
    return finish(program)


def _smooth_norm(program: Program, norm: fx.Node, statistics: ChannelStatistics) -> None:
    """Divide the result of a norm whose affine is folded already."""
    given, width = arguments(norm), shape(norm)[-1]
    readers = linears_behind(norm, width) or []
    if given["weight"] is not None or given["bias"] is not None or not readers:
        return
    if list(given["normalized_shape"]) != [width] or readers[0].name not in statistics.inputs:
        return
    factor = best_factor(program, statistics.inputs[readers[0].name], readers)
    if factor is None:
        return
    for reader in readers:
        scale_columns(program, reader, factor)
    with program.graph.inserting_before(norm):
        weight = add_constant(program, f"{norm.name}_smoothing", 1 / factor)
    norm.args = (norm.args[0], [width], weight, None, given["eps"], False)
    norm.kwargs = {}


def _smooth_values(program: Program, product: fx.Node, statistics: ChannelStatistics) -> None:
    """Divide the values of an attention whose result only its output projection reads."""
    values = projection_behind(product.args[1])
    output = _linear_behind(product)
    if values is None or output is None or values.name not in statistics.outputs:
        return
    if not _same_channels(values, product, output):
        return
    # The values' own range, not the attended one's: averaging hides how far they spread.
    factor = best_factor(program, statistics.outputs[values.name], [output])
    if factor is not None:
        scale_rows(program, values, 1 / factor)
        scale_columns(program, output, factor)


def _linear_behind(product: fx.Node) -> fx.Node | None:
    """Return the Linear that alone reads a matrix product, through views."""
    node = product
    while len(node.users) == 1:
        (user,) = node.users
        if is_projection(user) and user.target is A.linear.default and user.args[0] is node:
            return user
        if not is_layout(user):
            return None
        node = user
    return None


def _same_channels(values: fx.Node, product: fx.Node, output: fx.Node) -> bool:
    """Tell whether channel c of the values is what column c of the output's weight reads.

    The product sums over tokens, so its columns are the channels of its right operand, row by row.
    """
    right = product.args[1]
    assert isinstance(right, fx.Node)
    channels = channels_of(values, right)  # [..., tokens, head_width]
    if channels.ndim < 2 or not bool((channels == channels[..., :1, :]).all()):
        return False
    channels = channels[..., :1, :].expand(shape(product))
    for view in _chain(product, output):
        channels = run(view, channels)
    return bool((channels == torch.arange(channels.shape[-1])).all())


def _chain(product: fx.Node, output: fx.Node) -> list[fx.Node]:
    """Return the views between a product and the Linear that reads it, in order."""
    chain, node = list[fx.Node](), source(output)
    while node is not product:
        chain.insert(0, node)
        node = source(node)
    return chain
