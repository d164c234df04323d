"""Lower EdgeAttn's own operators that stayed float to what ONNX has.

conv2d_nhwc          -> permute, conv2d, permute
multi_head_attention -> com.microsoft.MultiHeadAttention
projected_attention  -> linear, slices, com.microsoft.MultiHeadAttention
add, layer_norm      -> Sum, LayerNormalization: named Add, ONNX Runtime fuses the two into a
                        SkipLayerNormalization that takes 4-8x as long
                        (python -m benchmarks.engine_forms)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

from edgeattn_converters.onnx.fused_attention import written_out
from edgeattn_converters.onnx.symbolic import MICROSOFT, OPSET, onnx_node
from edgeattn_converters.operands import number, numbers, tensor
from edgeattn_converters.operators import E
from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.passes.fold_constants import fold_constants
from edgeattn_converters.program import Program, finish, shape, take_name
from edgeattn_converters.specialise.channels_last import TO_FIRST, TO_LAST

A = torch.ops.aten


def float_operators(program: Program) -> Program:
    """Return a copy without EdgeAttn's own operators."""
    program = program.copy()
    for node in list(program.graph.nodes):
        with program.graph.inserting_before(node):
            if node.target is E.projected_attention.default:
                node = _unproject(program, node)
            replacement = _replacement(program, node)
        if replacement is not None:
            take_name(replacement, node)
            node.replace_all_uses_with(replacement)
    return collapse_layout(fold_constants(finish(program)))


def _replacement(program: Program, node: fx.Node) -> fx.Node | None:
    build = _BUILDERS.get(node.target)
    return None if build is None else build(program, node)


def _attention(program: Program, node: fx.Node) -> fx.Node:
    inputs: list[fx.Node | None] = [tensor(node, place) for place in range(3)]
    if node.args[3] is not None:
        inputs += [None, None, written_out(node)]
    return onnx_node(
        program, f"{MICROSOFT}::MultiHeadAttention", inputs, like=node, dtype=torch.float32,
        attributes={"num_heads": number(node, 4), "scale": float(number(node, 5))},
    )  # fmt: skip


def _convolution(program: Program, node: fx.Node) -> fx.Node:
    top, bottom, left, right = numbers(node, 4)
    image = _call(program, node, A.permute.default, node.args[0], TO_FIRST)
    if (top, left) != (bottom, right):
        image = _call(program, node, A.constant_pad_nd.default, image, [left, right, top, bottom])
        top = left = 0
    kernel = _call(program, node, A.permute.default, node.args[1], TO_FIRST)
    result = _call(
        program, node, A.conv2d.default,
        image, kernel, node.args[2], node.args[3], [top, left], *node.args[5:],
    )  # fmt: skip
    return _call(program, node, A.permute.default, result, TO_LAST)


def _pool(target: object) -> Callable[[Program, fx.Node], fx.Node]:
    def build(program: Program, node: fx.Node) -> fx.Node:
        image = _call(program, node, A.permute.default, node.args[0], TO_FIRST)
        result = _call(program, node, target, image, *node.args[1:])
        return _call(program, node, A.permute.default, result, TO_LAST)

    return build


def _sum(program: Program, node: fx.Node) -> fx.Node | None:
    normalised = any(user.target is A.layer_norm.default for user in node.users)
    if not normalised or node.kwargs or not all(isinstance(arg, fx.Node) for arg in node.args):
        return None
    inputs = [tensor(node, place) for place in range(2)]
    return onnx_node(
        program, "Sum", inputs, like=node, dtype=torch.float32, attributes={}, version=OPSET
    )


_BUILDERS: dict[object, Callable[[Program, fx.Node], fx.Node | None]] = {
    A.add.Tensor: _sum,
    E.multi_head_attention.default: _attention,
    E.conv2d_nhwc.default: _convolution,
    E.max_pool2d_nhwc.default: _pool(A.max_pool2d.default),
    E.avg_pool2d_nhwc.default: _pool(A.avg_pool2d.default),
}


def _unproject(program: Program, node: fx.Node) -> fx.Node:
    """Return the attention core of a projection that stayed float."""
    x, weight, bias, heads, scale = node.args
    joined = _call(program, node, A.linear.default, x, weight, bias)
    width = shape(node)[-1]
    parts = [
        _call(program, node, A.slice.Tensor, joined, 2, i * width, (i + 1) * width)
        for i in range(3)
    ]
    core = _call(program, node, E.multi_head_attention.default, *parts, None, heads, scale)
    core.meta["val"] = node.meta["val"]
    take_name(core, node)
    node.replace_all_uses_with(core)
    return core


def _call(program: Program, like: fx.Node, target: Any, *args: Any) -> fx.Node:
    node = program.graph.call_function(target, args)
    node.meta["layer"] = like.meta.get("layer", "")
    return node
