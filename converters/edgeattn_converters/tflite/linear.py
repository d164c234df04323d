"""Products with weights (FULLY_CONNECTED) and of activations (BATCH_MATMUL)."""

from __future__ import annotations

import numpy as np
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.program import shape
from edgeattn_converters.tflite.builder import Affine, Array, Tensor
from edgeattn_converters.tflite.constants import Weight, weight
from edgeattn_converters.tflite.dialect import (
    DEQUANTIZE,
    EDGE,
    MATMULS,
    QUANTIZE,
    TRANSPOSES,
)
from edgeattn_converters.tflite.refusal import refuse
from edgeattn_converters.tflite.writer import Writer

INT32 = np.iinfo(np.int32)


def linear(writer: Writer, node: fx.Node) -> None:
    """Write y = x W^T + b; x is [..., in], W is [out, in].

    FULLY_CONNECTED keeps the rank itself (`keepNumDims`): within 4 % of a reshape to two axes
    or a 1x1 convolution under XNNPACK, and two operators fewer.
    """
    given = arguments(node)
    x = writer.operand(given["input"], node)
    dynamic = given["input"].target is EDGE.dynamic_int8.default
    matrix = weight(writer.program, given["weight"])
    if matrix is None:
        refuse(node, "has a weight that is computed", "write it as a matmul")
    if len(x.shape) < 2:
        refuse(node, "has an input without a batch axis", "keep the batch axis")
    bias = bias_tensor(writer, node, x, matrix, matrix.values.shape[0])
    # int8 weights beside a float activation: XNNPACK rounds each row of it by its own range.
    filters = writer.weight(given["weight"], matrix, as_int8=dynamic or writer.is_int8(node))
    writer.builder.add(
        "FULLY_CONNECTED",
        [x, filters, bias],
        writer.result(node),
        "FullyConnectedOptions",
        keepNumDims=len(x.shape) > 2,
        asymmetricQuantizeInputs=dynamic,
        fusedActivationFunction=writer.activation(node),
    )


def dynamic_activation(writer: Writer, node: fx.Node) -> None:
    """Write nothing: the FULLY_CONNECTED behind rounds its activation itself."""
    writer.hold(node, writer.value(source(node)))


def matmul(writer: Writer, node: fx.Node) -> None:
    """Write a product of two activations; a transpose of the right one is `adjY`, for free."""
    left, right = node.args[:2]
    assert isinstance(right, fx.Node)
    if min(len(shape(source(node))), len(shape(right))) < 2:
        refuse(node, "has a vector as operand", "unsqueeze it to a matrix")
    writer.builder.add(
        "BATCH_MATMUL",
        [writer.operand(left, node), writer.operand(right, node)],
        writer.result(node),
        "BatchMatMulOptions",
        adjX=False,
        adjY=feeds_only_matmuls(_behind_quantization(right)),
    )


def feeds_only_matmuls(node: fx.Node) -> bool:
    """Return whether a node swaps the last two axes, only for right operands of matmuls."""
    return _swaps_last_two(node) and _read_on_the_right(node)


def bias_tensor(writer: Writer, node: fx.Node, x: Tensor, stored: Weight, outputs: int) -> Tensor:
    """Return the bias of a weighted operator, zeros when it has none; int32 next to int8.

    levels = round(bias / (input scale * weight scale))
    """
    bias = arguments(node)["bias"]
    values: Array = np.zeros(outputs, np.float32) if bias is None else writer.array(bias)
    name = f"{node.name};bias" if bias is None else bias.name
    if not writer.is_int8(node):
        return writer.builder.constant(values, name)
    assert x.affine is not None
    assert stored.affine is not None
    scales = np.float32(x.affine.scale) * np.asarray(stored.affine.scales, np.float32)
    levels = np.rint(values.astype(np.float64) / scales).clip(INT32.min, INT32.max)
    affine = Affine(tuple(scales.tolist()))
    return writer.builder.constant(levels.astype(np.int32), name, affine)


def _behind_quantization(node: fx.Node) -> fx.Node:
    while node.target in (QUANTIZE, DEQUANTIZE):
        node = source(node)
    return node


def _swaps_last_two(node: fx.Node) -> bool:
    if node.target not in TRANSPOSES:
        return False
    rank = len(shape(node))
    given = arguments(node)
    if "dims" in given:
        order = [axis % rank for axis in given["dims"]]
        return order == [*range(rank - 2), rank - 1, rank - 2]
    return {given["dim0"] % rank, given["dim1"] % rank} == {rank - 1, rank - 2}


def _read_on_the_right(node: fx.Node) -> bool:
    return bool(node.users) and all(
        _read_on_the_right(user)
        if user.target in (QUANTIZE, DEQUANTIZE)
        else user.target in MATMULS and user.args[0] is not node
        for user in node.users
    )
