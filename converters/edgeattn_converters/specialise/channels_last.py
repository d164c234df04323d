"""Put images channels last: conv2d(NCHW) -> permute, conv2d_nhwc, permute; then cancel.

TFLite's convolutions and ONNX Runtime's integer ones read [batch, height, width, channels].
Every image operator gets a channels-last twin; what keeps its meaning under the permutation
(activations, sums, pooling) is computed on the twin, so that permutations remain only where
the image enters. Tokens made of an image by flatten and transpose become a plain reshape.

A twin takes over the name of what it replaces: ranges do not depend on the order of numbers.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.operators import E
from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.passes.elementwise_operators import BINARY, UNARY
from edgeattn_converters.passes.fold_constants import fold_constants
from edgeattn_converters.passes.spell_pools import pair
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

TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]


def channels_last(program: Program) -> Program:
    """Return a copy in which image operators work on [batch, height, width, channels]."""
    program = program.copy()
    build_twins(program, _BUILDERS, _first)
    return collapse_layout(fold_constants(finish(program)))


def _first(node: fx.Node, twin: fx.Node) -> fx.Node | None:
    if len(shape(node)) != 4:  # a mean without its image axes is the same tensor
        return None
    return call(node, A.permute.default, twin, TO_FIRST)


def _last(node: fx.Node, twins: Twins) -> fx.Node:
    """Return the channels-last twin of an image, permuting it where it has none."""
    if node not in twins:
        ones = [1] * (4 - len(shape(node)))
        image = call(node, A.reshape.default, node, [*ones, *shape(node)]) if ones else node
        twins[node] = call(node, A.permute.default, image, TO_LAST)
        # The twin serves later operators too, so it stands right behind what it permutes.
        if node.op == "call_function":
            node.append(twins[node])
            if image is not node:
                node.append(image)
    return twins[node]


def _convolution(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    image, weight = given["input"], given["weight"]
    if len(shape(image)) != 4 or not is_constant(weight):
        return None
    last = constant(program, weight).permute(0, 2, 3, 1).contiguous()
    kernel = add_constant(program, f"{weight.name}_nhwc", last)
    rows, columns = pair(given["padding"])
    padding = [rows, rows, columns, columns]
    twin = _last(image, twins)
    if _is_frame_of_zeros(twin):
        _, _, left, right, top, bottom = arguments(twin)["pad"]
        frame = (top, bottom, left, right)
        padding = [mine + more for mine, more in zip(padding, frame, strict=True)]
        twin = source(twin)
    return call(
        node, E.conv2d_nhwc.default, twin, kernel, given["bias"], pair(given["stride"]), padding,
        pair(given["dilation"]), given["groups"],
    )  # fmt: skip


def _is_frame_of_zeros(twin: fx.Node) -> bool:
    """Tell whether a twin is an image with a frame that a convolution can add by itself."""
    if twin.target is not A.constant_pad_nd.default:
        return False
    given = arguments(twin)
    is_zeros = given["value"] == 0 and min(given["pad"]) >= 0
    return is_zeros and list(given["pad"][:2]) == [0, 0] and len(given["pad"]) == 6


def _pad(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    if len(shape(node)) != 4:
        return None
    first = [*given["pad"], *[0] * (8 - len(given["pad"]))]  # columns, rows, channels, batch
    last = [*first[4:6], *first[:4], *first[6:]]
    while last[-2:] == [0, 0]:
        last = last[:-2]
    return call(node, A.constant_pad_nd.default, _last(source(node), twins), last, given["value"])


def _elementwise(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    tensors = node.all_input_nodes
    if len(shape(node)) != 4 or not any(tensor in twins for tensor in tensors):
        return None

    def last(tensor: fx.Node) -> fx.Node:
        return _last(tensor, twins) if shape(tensor) else tensor

    args: tuple[Any, ...] = fx.node.map_arg(node.args, last)
    assert callable(node.target)
    return call(node, node.target, *args, **node.kwargs)


def _mean(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    axes = sorted(axis % 4 for axis in given["dim"] or ())
    if source(node) not in twins or axes != [2, 3] or given["dtype"] is not None:
        return None
    return call(node, A.mean.dim, twins[source(node)], [1, 2], given["keepdim"])


def _max_pool(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    window = pair(given["kernel_size"])
    if given["ceil_mode"] or pair(given["dilation"]) != [1, 1] or len(shape(node)) != 4:
        return None
    return call(
        node, E.max_pool2d_nhwc.default, _last(source(node), twins), window,
        pair(given["stride"]) or window, pair(given["padding"]),
    )  # fmt: skip


def _average_pool(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    window = pair(given["kernel_size"])
    plain = pair(given["padding"]) == [0, 0] and given["divisor_override"] is None
    if given["ceil_mode"] or not plain or len(shape(node)) != 4:
        return None
    return call(
        node, E.avg_pool2d_nhwc.default, _last(source(node), twins), window,
        pair(given["stride"]) or window,
    )  # fmt: skip


def _concatenate(program: Program, node: fx.Node, twins: Twins) -> fx.Node | None:
    given = arguments(node)
    parts = given["tensors"]
    if len(shape(node)) != 4 or not any(part in twins for part in parts):
        return None
    last = [_last(part, twins) for part in parts]
    return call(node, A.cat.default, last, TO_LAST.index(given["dim"] % 4))


_BUILDERS: dict[object, Build] = {
    A.conv2d.default: _convolution,
    A.constant_pad_nd.default: _pad,
    A.mean.dim: _mean,
    A.max_pool2d.default: _max_pool,
    A.avg_pool2d.default: _average_pool,
    A.cat.default: _concatenate,
    **dict.fromkeys(UNARY | BINARY, _elementwise),
}
