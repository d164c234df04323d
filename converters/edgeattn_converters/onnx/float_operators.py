"""Lower EdgeAttn's own operators that stayed float to what ONNX has.

    conv2d_nhwc          -> permute, conv2d, permute
    multi_head_attention -> com.microsoft.MultiHeadAttention
    projected_attention  -> linear, slices, com.microsoft.MultiHeadAttention
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.onnx.symbolic import MICROSOFT, onnx_node
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
                node = _unproject(program, node)  # noqa: PLW2901 - the core it leaves is next
            replacement = _replacement(program, node)
        if replacement is not None:
            take_name(replacement, node)
            node.replace_all_uses_with(replacement)
    return collapse_layout(fold_constants(finish(program)))


def _replacement(program: Program, node: fx.Node) -> fx.Node | None:
    if node.target is E.multi_head_attention.default:
        query, key, value, bias, heads, scale = node.args
        inputs = (query, key, value) if bias is None else (query, key, value, None, None, bias)
        return onnx_node(
            program, f"{MICROSOFT}::MultiHeadAttention", inputs, like=node,  # type: ignore[arg-type]
            dtype=torch.float32, attributes={"num_heads": heads, "scale": float(scale)},  # type: ignore[arg-type]
        )  # fmt: skip
    if node.target is E.conv2d_nhwc.default:
        image, weight, bias, stride, (top, bottom, left, right), *rest = node.args  # type: ignore[misc]
        first = _call(program, node, A.permute.default, image, TO_FIRST)
        if (top, left) != (bottom, right):
            first = _call(program, node, A.constant_pad_nd.default, first, [left, right, top, bottom])
            top = left = 0
        kernel = _call(program, node, A.permute.default, weight, TO_FIRST)
        result = _call(
            program, node, A.conv2d.default, first, kernel, bias, stride, [top, left], *rest
        )
        return _call(program, node, A.permute.default, result, TO_LAST)
    if node.target is E.max_pool2d_nhwc.default:
        first = _call(program, node, A.permute.default, node.args[0], TO_FIRST)
        result = _call(program, node, A.max_pool2d.default, first, *node.args[1:])
        return _call(program, node, A.permute.default, result, TO_LAST)
    if node.target is E.avg_pool2d_nhwc.default:
        first = _call(program, node, A.permute.default, node.args[0], TO_FIRST)
        result = _call(program, node, A.avg_pool2d.default, first, *node.args[1:])
        return _call(program, node, A.permute.default, result, TO_LAST)
    return None


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


def _call(program: Program, like: fx.Node, target: object, *args: object) -> fx.Node:
    node = program.graph.call_function(target, args)  # type: ignore[arg-type]
    node.meta["layer"] = like.meta.get("layer", "")
    return node
