"""Treat a signal as an image of one row: conv1d(x) -> reshape(conv2d(reshape(x))).

[batch, channels, length] becomes [batch, channels, 1, length]. Engines have one convolution, the
two-dimensional one. What keeps its meaning (activations, sums, pools) is computed on the wide
twin, so that reshapes remain only where the signal enters and leaves. Exact.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.passes.elementwise_operators import BINARY, UNARY
from edgeattn_converters.passes.twins import Build, Twins, build_twins
from edgeattn_converters.program import (
    Program,
    add_constant,
    call,
    constant,
    finish,
    is_constant,
    shape,
)  # fmt: skip

A = torch.ops.aten


def widen_signals(program: Program) -> Program:
    """Return a copy without one-dimensional convolutions and pools."""
    program = program.copy()
    build_twins(program, _BUILDERS, _signal)
    return finish(program)


def _signal(node: fx.Node, twin: fx.Node) -> fx.Node | None:
    if shape(twin) == shape(node):  # a mean without its length axis is the same tensor
        return None
    return call(node, A.reshape.default, twin, list(shape(node)))


def _wide(node: fx.Node, twins: Twins) -> fx.Node:
    """Return the image of one row, made right behind the signal where it has none."""
    if node not in twins:
        batch, channels, length = shape(node)
        twins[node] = call(node, A.reshape.default, node, [batch, channels, 1, length])
        if node.op == "call_function":
            node.append(twins[node])
    return twins[node]


def _convolution(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    signal, weight = given["input"], given["weight"]
    if len(shape(signal)) != 3 or not is_constant(weight):
        return None
    kernel = add_constant(program, f"{weight.name}_wide", constant(program, weight).unsqueeze(2))
    return call(
        node, A.conv2d.default, _wide(signal, twins), kernel, given["bias"],
        [1, *given["stride"]], [0, *given["padding"]], [1, *given["dilation"]], given["groups"],
    )  # fmt: skip


def _max_pool(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    if len(shape(node)) != 3:
        return None
    return call(
        node, A.max_pool2d.default, _wide(given["self"], twins), [1, *given["kernel_size"]],
        [1, *(given["stride"] or given["kernel_size"])], [0, *given["padding"]],
        [1, *given["dilation"]], given["ceil_mode"],
    )  # fmt: skip


def _average_pool(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    if len(shape(node)) != 3:
        return None
    return call(
        node, A.avg_pool2d.default, _wide(given["self"], twins), [1, *given["kernel_size"]],
        [1, *(given["stride"] or given["kernel_size"])], [0, *given["padding"]],
        given["ceil_mode"], given["count_include_pad"],
    )  # fmt: skip


def _adaptive_pool(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    if len(shape(node)) != 3:
        return None
    size = [1, *arguments(node)["output_size"]]
    return call(node, A.adaptive_avg_pool2d.default, _wide(source(node), twins), size)


def _mean(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    if source(node) not in twins or [axis % 3 for axis in given["dim"] or ()] != [2]:
        return None
    return call(node, A.mean.dim, twins[source(node)], [2, 3], given["keepdim"])


def _pad(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    if source(node) not in twins or len(given["pad"]) != 2:
        return None
    return call(node, A.constant_pad_nd.default, twins[source(node)], *node.args[1:])


def _elementwise(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    tensors = node.all_input_nodes
    if len(shape(node)) != 3 or not any(tensor in twins for tensor in tensors):
        return None
    if any(len(shape(tensor)) not in (0, 3) for tensor in tensors):
        return None

    def wide(tensor: fx.Node) -> fx.Node:
        return _wide(tensor, twins) if shape(tensor) else tensor

    args: tuple[Any, ...] = fx.node.map_arg(node.args, wide)
    assert callable(node.target)
    return call(node, node.target, *args, **node.kwargs)


_BUILDERS: dict[object, Build] = {
    A.conv1d.default: _convolution,
    A.max_pool1d.default: _max_pool,
    A.avg_pool1d.default: _average_pool,
    A.adaptive_avg_pool1d.default: _adaptive_pool,
    A.mean.dim: _mean,
    A.constant_pad_nd.default: _pad,
    **dict.fromkeys(UNARY | BINARY, _elementwise),
}
