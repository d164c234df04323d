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

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.passes.channel_walk import (
    channels_of,
    is_projection,
    parameters,
    projection_behind,
    with_parameters,
)  # fmt: skip
from edgeattn_converters.program import (
    Program,
    add_constant,
    call,
    constant,
    finish,
    is_constant,
    shape,
    take_name,
)  # fmt: skip

A = torch.ops.aten
NORMS = (A._native_batch_norm_legit_no_training.default, A.batch_norm.default)


def fold_batch_norm(program: Program) -> Program:
    """Return a copy without batch norm."""
    program = program.copy()
    for norm in list(program.graph.nodes):
        if norm.target not in NORMS:
            continue
        result = _result(norm)
        affine = _affine(program, norm)
        if result is None or affine is None:
            continue
        for take in (_fold_back, _fold_forward, _spell_out):
            if take(program, norm, result, *affine):
                break
    return finish(program)


def _result(norm: fx.Node) -> fx.Node | None:
    """Return the node that stands for the normalised tensor; None when nobody reads it."""
    if norm.target is A.batch_norm.default:
        return norm
    return next(
        (user for user in norm.users if user.target is operator.getitem and user.args[1] == 0),
        None,
    )


def _affine(program: Program, norm: fx.Node) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Return scale and shift per channel in float64, or None where they are computed."""
    given = arguments(norm)
    affine = [given["weight"], given["bias"], given["running_mean"], given["running_var"]]
    if None in affine[2:] or not all(arg is None or is_constant(arg) for arg in affine):
        return None  # no statistics: it normalises with the batch's own
    gamma, beta, mean, var = (
        None if arg is None else constant(program, arg).double() for arg in affine
    )
    assert mean is not None
    assert var is not None
    scale = torch.rsqrt(var + given["eps"])
    scale = scale if gamma is None else scale * gamma
    shift = -mean * scale
    return scale, shift if beta is None else shift + beta


def _fold_back(
    program: Program, norm: fx.Node, result: fx.Node, scale: torch.Tensor, shift: torch.Tensor
) -> bool:
    """Scale the rows of the projection before the norm."""
    normed = source(norm)
    projection = projection_behind(normed)
    if projection is None:
        return False
    row_of = _channel_map(channels_of(projection, normed), len(scale))
    weight, bias = parameters(program, projection)
    if row_of is None or len(row_of) != len(weight):
        return False
    rows = torch.argsort(row_of)  # row_of: norm channel -> weight row; rows: the inverse
    s, t = scale[rows], shift[rows]
    weight = weight * s.reshape(-1, *[1] * (weight.ndim - 1))
    _replace(program, projection, weight, bias * s + t)
    result.replace_all_uses_with(normed)
    return True


def _fold_forward(
    program: Program, norm: fx.Node, result: fx.Node, scale: torch.Tensor, shift: torch.Tensor
) -> bool:
    """Scale the columns of the Linears that read the norm; they must be all its users."""
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
    result.replace_all_uses_with(source(norm))
    return True


def _spell_out(
    program: Program, norm: fx.Node, result: fx.Node, scale: torch.Tensor, shift: torch.Tensor
) -> bool:
    """Multiply and add: no neighbour can take the norm."""
    view = [1] * len(shape(result))
    view[1] = len(scale)
    with program.graph.inserting_before(result):
        factor = add_constant(program, f"{result.name}_scale", scale.float().reshape(view))
        offset = add_constant(program, f"{result.name}_shift", shift.float().reshape(view))
        product = call(norm, A.mul.Tensor, source(norm), factor)
        total = call(norm, A.add.Tensor, product, offset)
    take_name(total, result)
    result.replace_all_uses_with(total)
    return True


def _channel_map(channels: torch.Tensor, count: int) -> torch.Tensor | None:
    """Return the projection's channel for each channel of the norm, or None if they mix."""
    if channels.ndim < 2 or channels.shape[1] != count:
        return None
    lines = channels.movedim(1, 0).reshape(count, -1)
    if not bool((lines == lines[:, :1]).all()) or len(set(lines[:, 0].tolist())) != count:
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
