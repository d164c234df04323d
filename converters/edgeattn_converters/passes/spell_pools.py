"""Write pools in the two forms that engines have: a mean over the image, a window without frills.

adaptive_avg_pool2d(x, 1)       -> mean(x, rows and columns)
adaptive_avg_pool2d(x, size)    -> avg_pool2d(x, window) where the size divides the image
avg_pool2d(x, padding)          -> avg_pool2d(pad(x)), the frame counted or made up for
pool(x, ceil_mode)              -> pool(x) where rounding up changes nothing

Exact but for float rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx
from torch.nn import functional

from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import Program, add_constant, call, finish, shape, take_name

A = torch.ops.aten


def spell_pools(program: Program) -> Program:
    """Return a copy whose pools have the plainest form that keeps the numbers."""
    program = program.copy()
    for node in list(program.graph.nodes):
        build = _BUILDERS.get(node.target) if node.op == "call_function" else None
        if build is None:
            continue
        with program.graph.inserting_before(node):
            replacement = build(program, node, arguments(node))
        if replacement is not None:
            take_name(replacement, node)
            node.replace_all_uses_with(replacement)
    return finish(program)


def _adaptive(program: Program, node: fx.Node, given: dict[str, Any]) -> fx.Node | None:
    image = shape(given["self"])[-2:]
    size = shape(node)[-2:]
    if size == (1, 1):
        rank = len(shape(node))
        return call(node, A.mean.dim, given["self"], [rank - 2, rank - 1], True)
    if any(length % wanted for length, wanted in zip(image, size, strict=True)):
        return None
    window = [length // wanted for length, wanted in zip(image, size, strict=True)]
    return call(node, A.avg_pool2d.default, given["self"], window, window)


def _average(program: Program, node: fx.Node, given: dict[str, Any]) -> fx.Node | None:
    window, stride, padding = (pair(given[key]) for key in ("kernel_size", "stride", "padding"))
    stride = stride or window
    plain = padding == [0, 0] and not given["ceil_mode"]
    if plain or _rounds_up(node, given, window, stride, padding, [1, 1]):
        return None
    if given["divisor_override"] is not None:
        return None
    image = given["self"]
    frame = [padding[1], padding[1], padding[0], padding[0]]
    if any(padding):
        image = call(node, A.constant_pad_nd.default, image, frame)
    pooled = call(node, A.avg_pool2d.default, image, window, stride)
    if given["count_include_pad"] or not any(padding):
        return pooled
    inside = functional.pad(torch.ones(1, 1, *shape(given["self"])[-2:]), frame)
    share = functional.avg_pool2d(inside, window, stride)[0]  # how much of each window is image
    return call(
        node, A.mul.Tensor, pooled, add_constant(program, f"{node.name}_outside", 1 / share)
    )


def _maximum(program: Program, node: fx.Node, given: dict[str, Any]) -> fx.Node | None:
    window, stride, padding, dilation = (
        pair(given[key]) for key in ("kernel_size", "stride", "padding", "dilation")
    )
    stride = stride or window
    if not given["ceil_mode"] or _rounds_up(node, given, window, stride, padding, dilation):
        return None
    return call(node, A.max_pool2d.default, given["self"], window, stride, padding, dilation)


def _rounds_up(
    node: fx.Node, given: dict[str, Any],
    window: list[int], stride: list[int], padding: list[int], dilation: list[int],
) -> bool:  # fmt: skip
    """Tell whether the last window hangs over the edge."""
    image = shape(given["self"])[-2:]
    floor = tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(image, window, stride, padding, dilation, strict=True)
    )
    return floor != shape(node)[-2:]


def pair(value: list[int] | int) -> list[int]:
    """Return rows and columns; PyTorch writes equal ones once, and a default as nothing."""
    if isinstance(value, int):
        return [value, value]
    return list(value) * 2 if len(value) == 1 else list(value)


_BUILDERS: dict[object, Callable[[Program, fx.Node, dict[str, Any]], fx.Node | None]] = {
    A.adaptive_avg_pool2d.default: _adaptive,
    A.avg_pool2d.default: _average,
    A.max_pool2d.default: _maximum,
}
