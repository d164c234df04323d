"""Name the operators with weights: QLinearConv, QGemm, MatMulIntegerToFloat, QAttention."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import fx

from edgeattn_converters.onnx.integer_values import Integer, Weight, bias, integer, levels, weight
from edgeattn_converters.onnx.symbolic import MICROSOFT, onnx_node
from edgeattn_converters.operands import number, numbers, tensor
from edgeattn_converters.program import Program, shape, take_name


def convolution(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """Name a convolution, channels last."""
    if result is None:
        return None
    top, bottom, left, right = numbers(node, 4)
    weights = weight(program, node)
    oihw = weights.integers.permute(0, 3, 1, 2)
    attributes = {
        "channels_last": 1,
        "strides": numbers(node, 3),
        "pads": [top, left, bottom, right],
        "dilations": numbers(node, 5),
        "group": number(node, 6),
        "kernel_shape": list(oihw.shape[2:]),
    }
    x = integer(program, node, 0)
    return _qlinear_conv(program, node, x, result, weights, oihw, attributes)


def linear(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """Tokens as a one-dimensional image: a 1x1 convolution, channels last.

    Tokens that still lie as an image, [batch, height, width, channels], stand in one row for it.
    A result that nobody reads as int8 is never rounded: the accumulator becomes float.
    """
    weights, x = weight(program, node), integer(program, node, 0)
    if result is None:
        return _float_product(program, node, x, weights)
    kernel = weights.integers[:, :, None]
    attributes: dict[str, object] = {"channels_last": 1, "kernel_shape": [1]}
    size = shape(node)
    if len(size) == 3:
        return _qlinear_conv(program, node, x, result, weights, kernel, attributes)
    tokens = math.prod(size[1:-1])
    row = _reshaped(program, node, x.node, (size[0], tokens, shape(x.node)[-1]))
    product = _qlinear_conv(
        program, node, replace(x, node=row), result, weights, kernel, attributes,
        shape=(size[0], tokens, size[-1]),
    )  # fmt: skip
    return _reshaped(program, node, product, size)


def _float_product(program: Program, node: fx.Node, x: Integer, weights: Weight) -> fx.Node:
    integers, scales, zeros = weights.inputs(program, node.name, weights.integers.T)
    inputs = (x.node, integers, x.scale, scales, x.zero_point, zeros, tensor(node, 2))
    return onnx_node(
        program, f"{MICROSOFT}::MatMulIntegerToFloat", inputs,
        like=node, dtype=torch.float32, attributes={},
    )  # fmt: skip


def _reshaped(program: Program, like: fx.Node, node: fx.Node, size: tuple[int, ...]) -> fx.Node:
    view = program.graph.call_function(torch.ops.aten.reshape.default, (node, list(size)))
    view.meta["layer"] = like.meta.get("layer", "")
    return view


def _qlinear_conv(
    program: Program, node: fx.Node, x: Integer, result: fx.Node, weights: Weight,
    integers: torch.Tensor, attributes: dict[str, object], shape: tuple[int, ...] | None = None,
) -> fx.Node:  # fmt: skip
    inputs = (
        *x.inputs,
        *weights.inputs(program, node.name, integers),
        *levels(program, result),
        bias(program, node, weights, x.step),
    )
    return onnx_node(
        program, f"{MICROSOFT}::QLinearConv", inputs,
        like=result, dtype=torch.uint8, attributes=attributes, shape=shape,
    )  # fmt: skip


def gemm(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node:
    """Name a product of two matrices; where nobody wants int8, the result is float."""
    x, weights = integer(program, node, 0), weight(program, node)
    inputs = [
        *x.inputs,
        *weights.inputs(program, node.name, weights.integers.T),
        bias(program, node, weights, x.step),
    ]
    if result is not None:
        inputs += levels(program, result)
    return onnx_node(
        program, f"{MICROSOFT}::QGemm", inputs, like=result or node,
        dtype=torch.uint8 if result is not None else torch.float32, attributes={"alpha": 1.0},
    )  # fmt: skip


def projection(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """QAttention hands on float: where a quantize follows, it stays and reads that."""
    x, weights = integer(program, node, 0), weight(program, node)
    integers, scales, zeros = weights.inputs(program, node.name, weights.integers.T)
    inputs = (
        x.node, integers, tensor(node, 2), x.scale, scales, None, x.zero_point, zeros,
    )  # fmt: skip
    fused = onnx_node(
        program, f"{MICROSOFT}::QAttention", inputs, like=node, dtype=torch.float32,
        attributes={"num_heads": number(node, 3), "scale": float(number(node, 4))},
    )  # fmt: skip
    take_name(fused, node)
    node.replace_all_uses_with(fused)
    return None


def product(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """Name a product of two activations, QK' or PV, head by head.

    Its accumulator becomes float: a softmax wants that, and where a quantize follows, it stays.
    """
    left, right = integer(program, node, 0), integer(program, node, 1)
    inputs = (
        left.node, right.node, left.scale, right.scale, left.zero_point, right.zero_point,
    )  # fmt: skip
    fused = onnx_node(
        program, f"{MICROSOFT}::MatMulIntegerToFloat", inputs,
        like=node, dtype=torch.float32, attributes={},
    )  # fmt: skip
    take_name(fused, node)
    node.replace_all_uses_with(fused)
    return None
