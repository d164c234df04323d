"""Fold batch norm into its neighbour: norm(x W + b) -> x W' + b', norm(x) W + b -> x W' + b'.

In eval mode batch norm is y = x s + t per channel, s = gamma / sqrt(var + eps), t = beta - mean s.
Behind a Linear or convolution it scales the rows of W; before a Linear, its columns. Exact but
for float rounding. Where neither neighbour can take it, it becomes one multiplication and one
addition. Source: Jacob et al. 2018, arXiv:1712.05877, section 3.2.
"""

from __future__ import annotations

import operator

import torch
from torch import fx

from edgeattn_converters.passes.channel_walk import (
    channels_of, is_projection, parameters, projection_behind, with_parameters,
)  # fmt: skip
from edgeattn_converters.program import Program, add_constant, constant, finish, shape

A = torch.ops.aten
NORMS = (A._native_batch_norm_legit_no_training.default, A.batch_norm.default)


def fold_batch_norm(program: Program) -> Program:
    """Return a copy without batch norm."""
    program = program.copy()
    for norm in list(program.graph.nodes):
        if norm.target not in NORMS:
            continue
        result = _result(norm)
        scale, shift = _affine(program, norm)
        _fold_back(program, norm, result, scale, shift) or _fold_forward(
            program, norm, result, scale, shift
        ) or _spell_out(program, norm, result, scale, shift)
    return finish(program)


def _result(norm: fx.Node) -> fx.Node:
    """Return the node that stands for the normalised tensor."""
    if norm.target is A.batch_norm.default:
        return norm
    (result,) = (user for user in norm.users if user.args[1] == 0)
    assert result.target is operator.getitem
    return result


def _affine(program: Program, norm: fx.Node) -> tuple[torch.Tensor, torch.Tensor]:
    gamma, beta, mean, var = (
        None if arg is None else constant(program, arg)  # type: ignore[arg-type]
        for arg in norm.args[1:5]
    )
    assert mean is not None
    assert var is not None
    epsilon = norm.args[7] if norm.target is A.batch_norm.default else norm.args[6]
    scale = torch.rsqrt(var.double() + epsilon)  # type: ignore[operator]
    scale = scale if gamma is None else scale * gamma.double()
    shift = -mean.double() * scale
    return scale, shift if beta is None else shift + beta.double()


def _fold_back(
    program: Program, norm: fx.Node, result: fx.Node, scale: torch.Tensor, shift: torch.Tensor
) -> bool:
    """Scale the rows of the projection before the norm."""
    source = norm.args[0]
    assert isinstance(source, fx.Node)
    projection = projection_behind(source)
    if projection is None:
        return False
    row_of = _channel_map(channels_of(projection, source), len(scale))
    weight, bias = parameters(program, projection)
    if row_of is None or len(row_of) != len(weight):
        return False
    rows = torch.argsort(row_of)  # row_of: norm channel -> weight row; rows: the inverse
    s, t = scale[rows], shift[rows]
    weight = weight * s.reshape(-1, *[1] * (weight.ndim - 1))
    _replace(program, projection, weight, bias * s + t)
    result.replace_all_uses_with(source)
    return True


def _fold_forward(
    program: Program, norm: fx.Node, result: fx.Node, scale: torch.Tensor, shift: torch.Tensor
) -> bool:
    """Scale the columns of the Linears that read the norm; they must be all its users."""
    source = norm.args[0]
    assert isinstance(source, fx.Node)
    readers = list(result.users)
    if not readers or not all(
        is_projection(user) and user.target is A.linear.default and user.args[0] is result
        for user in readers
    ):
        return False
    if len(shape(result)) != 2:  # batch norm normalises axis 1, Linear reads the last
        return False
    for linear in readers:
        weight, bias = parameters(program, linear)
        bias = bias + weight.double() @ shift
        _replace(program, linear, weight * scale, bias)
    result.replace_all_uses_with(source)
    return True


def _spell_out(
    program: Program, norm: fx.Node, result: fx.Node, scale: torch.Tensor, shift: torch.Tensor
) -> bool:
    source = norm.args[0]
    assert isinstance(source, fx.Node)
    view = [1] * len(shape(source))
    view[1] = len(scale)
    graph = program.graph
    with graph.inserting_after(result):
        total = graph.create_node("call_function", A.add.Tensor, ())
    with graph.inserting_before(total):
        factor = add_constant(program, f"{result.name}_scale", scale.float().reshape(view))
        offset = add_constant(program, f"{result.name}_shift", shift.float().reshape(view))
        product = graph.call_function(A.mul.Tensor, (source, factor))
    total.args = (product, offset)
    for node in (product, total):
        node.meta["layer"] = norm.meta["layer"]
    result.replace_all_uses_with(total)
    return True


def _channel_map(channels: torch.Tensor, count: int) -> torch.Tensor | None:
    """Return the projection's channel for each channel of the norm, or None if they mix."""
    if channels.ndim < 2 or channels.shape[1] != count:
        return None
    lines = channels.movedim(1, 0).reshape(count, -1)
    if not bool((lines == lines[:, :1]).all()) or lines[:, 0].unique().numel() != count:
        return None
    return lines[:, 0]


def _replace(
    program: Program, projection: fx.Node, weight: torch.Tensor, bias: torch.Tensor
) -> None:
    with program.graph.inserting_before(projection):
        with_parameters(
            projection,
            add_constant(program, f"{projection.name}_weight", weight.float()),
            add_constant(program, f"{projection.name}_bias", bias.float()),
        )
