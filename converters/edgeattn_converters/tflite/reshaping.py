"""Numbers that move: reshape, transpose, slice, concatenate, pad. int8 or not, same operators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.program import shape
from edgeattn_converters.tflite.builder import Tensor
from edgeattn_converters.tflite.dialect import ATEN
from edgeattn_converters.tflite.linear import feeds_only_matmuls
from edgeattn_converters.tflite.quantization import requantized
from edgeattn_converters.tflite.ranking import RANKINGS
from edgeattn_converters.tflite.refusal import refuse
from edgeattn_converters.tflite.writer import Writer


def reshape(writer: Writer, node: fx.Node) -> None:
    """Write a RESHAPE; none when the shape stays."""
    x = writer.operand(source(node), node)
    if x.shape == shape(node):
        writer.hold(node, x)
    else:
        _reshape(writer, node, x)


def transpose(writer: Writer, node: fx.Node) -> None:
    """Write a TRANSPOSE; none when a matmul reads its right operand transposed anyway."""
    x = writer.operand(source(node), node)
    if feeds_only_matmuls(node):
        writer.hold(node, x)
        return
    rank = len(shape(node))
    given = arguments(node)
    if "dims" in given:
        order = [axis % rank for axis in given["dims"]]
    else:
        order = list(range(rank))
        first, second = given["dim0"] % rank, given["dim1"] % rank
        order[first], order[second] = second, first
    axes = writer.builder.integers(order, f"{node.name};axes")
    writer.builder.add("TRANSPOSE", [x, axes], writer.result(node), "TransposeOptions")


def slice_axis(writer: Writer, node: fx.Node) -> None:
    """Write x[..., start:end:step, ...]."""
    given = arguments(node)
    x = writer.operand(source(node), node)
    axis = given["dim"] % len(x.shape)
    begin = [0] * len(x.shape)
    begin[axis] = _clipped(given["start"] or 0, x.shape[axis])
    if given["step"] == 1:
        _slice(writer, node, x, begin, writer.result(node))
        return
    strides = [1] * len(x.shape)
    strides[axis] = given["step"]
    end = list(x.shape)
    end[axis] = begin[axis] + (shape(node)[axis] - 1) * given["step"] + 1
    bounds = [
        writer.builder.integers(values, f"{node.name};{name}")
        for name, values in (("begin", begin), ("end", end), ("strides", strides))
    ]
    writer.builder.add("STRIDED_SLICE", [x, *bounds], writer.result(node), "StridedSliceOptions")


def select(writer: Writer, node: fx.Node) -> None:
    """Write x[..., index, ...]: a SLICE of length 1, then the axis goes."""
    given = arguments(node)
    _select(writer, node, writer.operand(source(node), node), given["dim"], given["index"])


def split(writer: Writer, node: fx.Node) -> None:
    """Write nothing: each part that is used is a slice of its own."""


def part(writer: Writer, node: fx.Node) -> None:
    """Write one part of a split, chunk or unbind."""
    parts, index = source(node), arguments(node)["index"]
    if parts.target in RANKINGS:
        return  # held since the ranking was written
    if parts.target not in SPLITS:
        refuse(node, f"takes a part of {parts.target}", "return one tensor")
    given = arguments(parts)
    x = writer.operand(source(parts), node)
    axis = given["dim"] % len(x.shape)
    if parts.target is ATEN.unbind.int:
        _select(writer, node, x, axis, index)
        return
    begin = [0] * len(x.shape)
    begin[axis] = sum(int(before.shape[axis]) for before in parts.meta["val"][:index])
    _slice(writer, node, x, begin, writer.result(node))


SPLITS = frozenset(
    {
        ATEN.chunk.default,
        ATEN.split.Tensor,
        ATEN.split_with_sizes.default,
        ATEN.unbind.int,
    }
)


def expand(writer: Writer, node: fx.Node) -> None:
    """Write a BROADCAST_TO; a RESHAPE when nothing is repeated."""
    x = writer.operand(source(node), node)
    size = shape(node)
    if np.prod(size) == np.prod(x.shape):
        reshape(writer, node)
        return
    target = writer.builder.integers(size, f"{node.name};shape")
    writer.builder.add("BROADCAST_TO", [x, target], writer.result(node), "BroadcastToOptions")


def concatenate(writer: Writer, node: fx.Node) -> None:
    """Write a CONCATENATION; in int8 each part is first brought to the scale of the result."""
    given = arguments(node)
    parts = [writer.operand(tensor, node) for tensor in given["tensors"]]
    if writer.is_int8(node):
        affine = writer.plan.int8[node]
        parts = [requantized(writer, x, affine, f"{node.name};requantized") for x in parts]
    axis = given["dim"] % len(shape(node))
    writer.builder.add(
        "CONCATENATION", parts, writer.result(node), "ConcatenationOptions", axis=axis
    )


def stack(writer: Writer, node: fx.Node) -> None:
    """Write a PACK."""
    given = arguments(node)
    parts = [writer.value(tensor) for tensor in given["tensors"]]
    axis = given["dim"] % len(shape(node))
    fields = {"axis": axis, "valuesCount": len(parts)}
    writer.builder.add("PACK", parts, writer.result(node), "PackOptions", **fields)


def pad(writer: Writer, node: fx.Node) -> None:
    """Write a PAD, or a PADV2 when the border is not 0."""
    given = arguments(node)
    if given.get("mode", "constant") != "constant":
        refuse(node, f"pads by {given['mode']}", "pad with a constant")
    x = writer.operand(source(node), node)
    amounts = [[0, 0] for _ in x.shape]
    pairs = zip(given["pad"][::2], given["pad"][1::2], strict=True)  # the last axis comes first
    for axis, (before, after) in enumerate(pairs, start=1):
        if min(before, after) < 0:
            refuse(node, "pads by a negative amount", "slice instead")
        amounts[-axis] = [before, after]
    rows = writer.builder.integers(amounts, f"{node.name};padding")
    output = writer.result(node)
    if not given["value"]:
        writer.builder.add("PAD", [x, rows], output, "PadOptions")
        return
    fill = writer.border(x, given["value"], f"{node.name};fill")
    writer.builder.add("PADV2", [x, rows, fill], output, "PadV2Options")


def _clipped(index: int, length: int) -> int:
    return min(max(index + length if index < 0 else index, 0), length)


def _slice(
    writer: Writer, node: fx.Node, x: Tensor, begin: Sequence[int], output: Tensor
) -> Tensor:
    start = writer.builder.integers(begin, f"{node.name};begin")
    size = writer.builder.integers(output.shape, f"{node.name};size")
    return writer.builder.add("SLICE", [x, start, size], output, "SliceOptions")


def _select(writer: Writer, node: fx.Node, x: Tensor, dim: int, index: int) -> None:
    axis = dim % len(x.shape)
    if x.shape[axis] > 1:
        begin = [0] * len(x.shape)
        begin[axis] = index % x.shape[axis]
        size = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
        x = _slice(writer, node, x, begin, writer.scratch(node, size))
    _reshape(writer, node, x)


def _reshape(writer: Writer, node: fx.Node, x: Tensor) -> None:
    size = list(shape(node))
    target = writer.builder.integers(size, f"{node.name};shape")
    writer.builder.add("RESHAPE", [x, target], writer.result(node), "ReshapeOptions", newShape=size)
