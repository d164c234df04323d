"""Put a LayerNorm that is written out back together.

d = x - mean(x)
d / sqrt(mean(d ** 2) + eps) * weight + bias  -> layer_norm(x, shape, weight, bias, eps)

The variance may also be var(x, unbiased=False), the root a reciprocal one. Written out, its
squares overflow float16, int8 loses 3-22 dB in it, and every piece runs alone. Exact but for float
rounding. Source: Ba et al. 2016, arXiv:1607.06450.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.passes.products import PRODUCTS, QUOTIENTS, product_of, sum_of
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


@dataclass(frozen=True)
class _Norm:
    """A normalisation that was found: of what, over how many last axes."""

    x: fx.Node
    axes: int
    epsilon: float


def fuse_layer_norm(program: Program) -> Program:
    """Return a copy in which every LayerNorm is one operator."""
    program = program.copy()
    for node in list(program.graph.nodes):
        if node.target not in PRODUCTS | QUOTIENTS:
            continue
        found = _norm(program, node)
        if found is None:
            continue
        lengths = list(shape(found.x)[-found.axes :])
        last, weight = _with_constant(program, node, A.mul.Tensor, lengths)
        last, bias = _with_constant(program, last, A.add.Tensor, lengths)
        with program.graph.inserting_before(last):
            affine = [
                None if part is None else add_constant(program, f"{node.name}_{word}", part)
                for part, word in ((weight, "weight"), (bias, "bias"))
            ]
            fused = call(
                last, A.layer_norm.default, found.x, lengths, *affine, found.epsilon, False
            )
        take_name(fused, last)
        last.replace_all_uses_with(fused)
    return finish(program)


def _norm(program: Program, node: fx.Node) -> _Norm | None:
    """Match (x - mean(x)) / sqrt(variance(x) + eps)."""
    for centred, scale in (node.args[:2], node.args[1::-1]):
        if not isinstance(centred, fx.Node) or centred.target is not A.sub.Tensor:
            continue
        inside = _below_root(scale, divided=node.target in QUOTIENTS)
        found = sum_of(program, inside)
        x, mean = centred.args[:2]
        axes = _last_axes(mean)
        if found is None or axes is None or centred.kwargs:
            continue
        if not isinstance(mean, fx.Node) or mean.target is not A.mean.dim or source(mean) is not x:
            continue
        variance, epsilon = found
        if _is_variance(program, variance, x, centred) and _last_axes(variance) == axes:
            return _Norm(x, axes, epsilon)
    return None


def _below_root(node: object, *, divided: bool) -> object:
    """Return v when a factor is 1 / sqrt(v), or a divisor sqrt(v)."""
    if not isinstance(node, fx.Node):
        return None
    power = node.args[1] if node.target is A.pow.Tensor_Scalar else None
    if node.target is A.reciprocal.default and not divided:
        return _below_root(node.args[0], divided=True)
    roots = (A.sqrt.default, 0.5) if divided else (A.rsqrt.default, -0.5)
    return node.args[0] if node.target is roots[0] or power == roots[1] else None


def _is_variance(program: Program, node: fx.Node, x: fx.Node, centred: fx.Node) -> bool:
    if node.target is A.mean.dim:
        return product_of(program, node.args[0]).of(1, centred, centred)
    if node.target is A.var.dim:
        return source(node) is x and arguments(node)["unbiased"] is False
    return (
        node.target is A.var.correction and source(node) is x and arguments(node)["correction"] == 0
    )


def _last_axes(node: object) -> int | None:
    """Return how many axes a mean or variance runs over, when they are the last and are kept."""
    if not isinstance(node, fx.Node) or node.target not in (
        A.mean.dim, A.var.dim, A.var.correction
    ):  # fmt: skip
        return None
    given, rank = arguments(node), len(shape(source(node)))
    places = sorted(axis % rank for axis in given["dim"] or ())
    last = places == list(range(rank - len(places), rank))
    return len(places) if places and given["keepdim"] and last else None


def _with_constant(
    program: Program, node: fx.Node, target: Callable[..., object], lengths: list[int]
) -> tuple[fx.Node, torch.Tensor | None]:
    """Return the only reader of `node` where it applies a constant per channel, and that."""
    user = next(iter(node.users)) if len(node.users) == 1 else None
    if user is None or user.target is not target or user.kwargs:
        return node, None
    for value, other in (user.args[:2], user.args[1::-1]):
        if value is node and is_constant(other) and shape(user) == shape(node):
            found = constant(program, other)
            if found.ndim >= len(lengths) and list(found.squeeze().shape) == lengths:
                return user, found.reshape(lengths)
    return node, None
