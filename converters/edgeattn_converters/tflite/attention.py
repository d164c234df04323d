"""The attention core as one: int8 queries, keys and values around float scores.

    q, k, v [batch, tokens, heads * width] -> RESHAPE, TRANSPOSE, DEQUANTIZE: heads apart
    BATCH_MATMUL, ADD (bias), SOFTMAX, BATCH_MATMUL                         : in float
    QUANTIZE, TRANSPOSE, RESHAPE                                            : heads side by side

Standard operators, so every engine runs them; numbers are moved while they are one byte. The
delegate in edgeattn-kernels knows this pattern and computes all of it at once. How finely it weighs
(weight_planes.py) stands in the name of the softmax's result, which means nothing to an engine.
"""

from __future__ import annotations

import numpy as np
from torch import fx

from edgeattn_converters.operands import number, tensor
from edgeattn_converters.program import PLANES
from edgeattn_converters.tflite.builder import Tensor
from edgeattn_converters.tflite.writer import Writer

HEADS_FIRST = [0, 2, 1, 3]  # its own inverse


def attention(writer: Writer, node: fx.Node) -> None:
    """Write softmax(scale * q k' + bias) v."""
    heads, scale = int(number(node, 4)), float(number(node, 5))
    q, k, v = (_heads_apart(writer, node, tensor(node, place), heads) for place in range(3))
    batch, _, queries, _ = q.shape
    if scale != 1:
        factor = writer.builder.constant(np.asarray(scale, np.float32), f"{node.name};scale")
        q = writer.builder.add("MUL", [q, factor], _float(writer, node, q.shape), "MulOptions")
    size = (batch, heads, queries, k.shape[2])
    scores = _product(writer, node, [q, k], size, by_row=True)
    if node.args[3] is not None:
        bias = writer.value(tensor(node, 3))
        summed = _float(writer, node, size)
        scores = writer.builder.add("ADD", [scores, bias], summed, "AddOptions")
    planes = node.meta.get(PLANES, 1)
    word = f";planes={planes}" if planes != 1 else ""
    weights = writer.builder.tensor(f"{node.name};weights{word}", size, "float32")
    writer.builder.add("SOFTMAX", [scores], weights, "SoftmaxOptions", beta=1.0)
    mixed = _product(writer, node, [weights, v], (*size[:3], v.shape[3]), by_row=False)
    if writer.is_int8(node):
        rounded = writer.scratch(node, mixed.shape)
        mixed = writer.builder.add("QUANTIZE", [mixed], rounded, "QuantizeOptions")
    moved = _transposed(writer, node, mixed)
    _reshaped(writer, node, moved, writer.result(node))


def _heads_apart(writer: Writer, node: fx.Node, part: fx.Node, heads: int) -> Tensor:
    """Return a float operand, [batch, heads, tokens, width]."""
    whole = writer.int8(part) if writer.is_int8(part) else writer.value(part)
    batch, tokens, width = whole.shape
    size = (batch, tokens, heads, width // heads)
    like = writer.builder.tensor(f"{part.name};apart", size, whole.dtype, whole.affine)
    apart = _transposed(writer, node, _reshaped(writer, node, whole, like))
    return apart if apart.affine is None else writer.dequantized(apart, part)


def _transposed(writer: Writer, node: fx.Node, x: Tensor) -> Tensor:
    axes = writer.builder.integers(HEADS_FIRST, f"{node.name};axes")
    size = tuple(x.shape[axis] for axis in HEADS_FIRST)
    output = writer.builder.tensor(f"{node.name};moved", size, x.dtype, x.affine)
    return writer.builder.add("TRANSPOSE", [x, axes], output, "TransposeOptions")


def _reshaped(writer: Writer, node: fx.Node, x: Tensor, output: Tensor) -> Tensor:
    size = writer.builder.integers(output.shape, f"{node.name};shape")
    return writer.builder.add(
        "RESHAPE", [x, size], output, "ReshapeOptions", newShape=list(output.shape)
    )


def _product(
    writer: Writer, node: fx.Node, pair: list[Tensor | None], size: tuple[int, ...], by_row: bool
) -> Tensor:
    return writer.builder.add(
        "BATCH_MATMUL", pair, _float(writer, node, size), "BatchMatMulOptions",
        adjX=False, adjY=by_row,
    )  # fmt: skip


def _float(writer: Writer, node: fx.Node, size: tuple[int, ...]) -> Tensor:
    return writer.builder.tensor(f"{node.name};float", size, "float32")
