"""Put images channels last: conv2d(NCHW) -> permute, conv2d_nhwc, permute; then cancel.

TFLite's convolutions and ONNX Runtime's integer ones read [batch, height, width, channels].
Every image operator gets a channels-last twin; what keeps its meaning under the permutation
(activations, sums, pooling) is computed on the twin, so that permutations remain only where
the image enters. Tokens made of an image by flatten and transpose become a plain reshape.

A twin takes over the name of what it replaces: ranges do not depend on the order of numbers.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.operators import E
from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.passes.fold_constants import fold_constants
from edgeattn_converters.program import Program, add_constant, constant, finish, shape, take_name

A = torch.ops.aten

TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]

UNARY = frozenset(
    {A.relu.default, A.relu6.default, A.hardtanh.default, A.hardswish.default, A.gelu.default,
     A.silu.default, A.sigmoid.default, A.tanh.default, A.hardsigmoid.default, A.clamp.default,
     A.leaky_relu.default, A.elu.default, A.mish.default, A.abs.default, A.neg.default}
)  # fmt: skip
BINARY = frozenset({A.add.Tensor, A.sub.Tensor, A.mul.Tensor, A.div.Tensor})


def channels_last(program: Program) -> Program:
    """Return a copy in which image operators work on [batch, height, width, channels]."""
    program = program.copy()
    twins: dict[fx.Node, fx.Node] = {}  # image, channels first -> the same, channels last
    for node in list(program.graph.nodes):
        build = _BUILDERS.get(node.target) if node.op == "call_function" else None
        if build is None:
            continue
        with program.graph.inserting_before(node):
            twin = build(program, node, twins)
        if twin is None:
            continue
        twin.meta["layer"] = node.meta["layer"]
        take_name(twin, node)
        if len(shape(node)) != 4:  # a mean without its image axes is the same tensor
            node.replace_all_uses_with(twin)
            continue
        with program.graph.inserting_before(node):
            back = program.graph.call_function(A.permute.default, (twin, TO_FIRST))
        back.meta = {"layer": node.meta["layer"], "val": node.meta["val"]}
        twins[back] = twin
        node.replace_all_uses_with(back)
    return collapse_layout(fold_constants(finish(program)))


def _last(program: Program, node: fx.Node, twins: dict[fx.Node, fx.Node]) -> fx.Node:
    """Return the channels-last twin of an image, permuting it where it has none."""
    if node not in twins:
        twin = program.graph.call_function(A.permute.default, (node, TO_LAST))
        twin.meta["layer"] = node.meta.get("layer", "")
        twins[node] = twin
        # The twin serves later operators too, so it stands right behind what it permutes.
        if node.op != "placeholder":
            node.append(twin)
    return twins[node]


def _convolution(
    program: Program, node: fx.Node, twins: dict[fx.Node, fx.Node]
) -> fx.Node | None:
    image, weight, bias, stride, padding, dilation, groups = (
        *node.args, *(None, [1, 1], [0, 0], [1, 1], 1)[len(node.args) - 2 :],
    )  # fmt: skip
    if not isinstance(weight, fx.Node) or weight.op != "get_attr":
        return None
    last = constant(program, weight).permute(0, 2, 3, 1).contiguous()
    kernel = add_constant(program, f"{weight.name}_nhwc", last)
    rows, columns = padding if len(padding) == 2 else padding * 2
    return program.graph.call_function(
        E.conv2d_nhwc.default,
        (
            _last(program, image, twins), kernel, bias, list(stride),
            [rows, rows, columns, columns], list(dilation), groups,
        ),
    )  # fmt: skip


def _unary(program: Program, node: fx.Node, twins: dict[fx.Node, fx.Node]) -> fx.Node | None:
    if node.args[0] not in twins:
        return None
    return program.graph.call_function(
        node.target,  # type: ignore[arg-type]
        (twins[node.args[0]], *node.args[1:]),  # type: ignore[index]
        dict(node.kwargs),
    )


def _binary(program: Program, node: fx.Node, twins: dict[fx.Node, fx.Node]) -> fx.Node | None:
    tensors = [arg for arg in node.args if isinstance(arg, fx.Node)]
    if not any(arg in twins for arg in tensors) or len(shape(node)) != 4:
        return None
    if any(len(shape(arg)) not in (0, 4) for arg in tensors):
        return None
    args = tuple(
        _last(program, arg, twins) if isinstance(arg, fx.Node) and len(shape(arg)) == 4 else arg
        for arg in node.args
    )
    return program.graph.call_function(
        node.target,  # type: ignore[arg-type]
        args,
        dict(node.kwargs),
    )


def _mean(program: Program, node: fx.Node, twins: dict[fx.Node, fx.Node]) -> fx.Node | None:
    if node.args[0] not in twins or sorted(axis % 4 for axis in node.args[1]) != [2, 3]:  # type: ignore[union-attr]
        return None
    keep = bool(node.args[2]) if len(node.args) > 2 else False
    return program.graph.call_function(A.mean.dim, (twins[node.args[0]], [1, 2], keep))  # type: ignore[index]


def _global_pool(
    program: Program, node: fx.Node, twins: dict[fx.Node, fx.Node]
) -> fx.Node | None:
    if node.args[0] not in twins or tuple(node.args[1]) != (1, 1):  # type: ignore[arg-type]
        return None
    return program.graph.call_function(A.mean.dim, (twins[node.args[0]], [1, 2], True))  # type: ignore[index]


def _max_pool(program: Program, node: fx.Node, twins: dict[fx.Node, fx.Node]) -> fx.Node | None:
    image, kernel, stride, padding, dilation, ceil = (
        *node.args, *([], [0, 0], [1, 1], False)[len(node.args) - 2 :],
    )  # fmt: skip
    if ceil or set(dilation) != {1}:
        return None
    return program.graph.call_function(
        E.max_pool2d_nhwc.default,
        (
            _last(program, image, twins), _pair(kernel), _pair(stride or kernel), _pair(padding),
        ),
    )  # fmt: skip


def _average_pool(
    program: Program, node: fx.Node, twins: dict[fx.Node, fx.Node]
) -> fx.Node | None:
    image, kernel, stride, padding, ceil = (
        *node.args, *([], [0, 0], False, True, None)[len(node.args) - 2 :],
    )[:5]  # fmt: skip
    if ceil or set(padding) != {0}:
        return None
    return program.graph.call_function(
        E.avg_pool2d_nhwc.default,
        (_last(program, image, twins), _pair(kernel), _pair(stride or kernel)),
    )


def _concatenate(
    program: Program, node: fx.Node, twins: dict[fx.Node, fx.Node]
) -> fx.Node | None:
    parts, axis = node.args[0], node.args[1] if len(node.args) > 1 else 0
    assert isinstance(parts, (list, tuple))
    if len(shape(node)) != 4 or not any(part in twins for part in parts):
        return None
    last = [_last(program, part, twins) for part in parts]  # type: ignore[arg-type]
    return program.graph.call_function(A.cat.default, (last, TO_LAST.index(axis % 4)))  # type: ignore[operator]


def _pair(value: object) -> list[int]:
    values = list(value)  # type: ignore[call-overload]
    return values * 2 if len(values) == 1 else values


_BUILDERS = {
    A.conv2d.default: _convolution,
    A.mean.dim: _mean,
    A.adaptive_avg_pool2d.default: _global_pool,
    A.max_pool2d.default: _max_pool,
    A.avg_pool2d.default: _average_pool,
    A.cat.default: _concatenate,
    **dict.fromkeys(UNARY, _unary),
    **dict.fromkeys(BINARY, _binary),
}
