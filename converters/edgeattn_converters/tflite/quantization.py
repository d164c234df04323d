"""QUANTIZE and DEQUANTIZE: where a file crosses between float and int8.

Most quantize and dequantize nodes write nothing: the operator before them already gives
the int8 tensor, the operator after them reads it.
"""

from __future__ import annotations

import numpy as np
from torch import fx

from edgeattn_converters.arguments import source
from edgeattn_converters.tflite.builder import Affine, Array, Tensor
from edgeattn_converters.tflite.writer import Writer


def quantize(writer: Writer, node: fx.Node) -> None:
    """Write a QUANTIZE unless the value is there as int8 with that scale already."""
    value = source(node)
    affine = writer.plan.int8[node]
    if value.op == "get_attr":
        levels = to_levels(writer.array(value), affine)
        writer.hold(node, writer.builder.constant(levels, node.name, affine))
    elif writer.is_int8(value):
        writer.hold(node, requantized(writer, writer.int8(value), affine, node.name))
    else:
        real = writer.value(value)
        writer.hold(node, _quantize(writer, real, affine, node.name))


def dequantize(writer: Writer, node: fx.Node) -> None:
    """Write nothing yet: float readers ask for the DEQUANTIZE, int8 readers need none."""
    value = source(node)
    if value.op != "get_attr":
        writer.hold(node, writer.int8(value))


def constant_weight(writer: Writer, node: fx.Node) -> None:
    """Write nothing: whoever reads the weight stores it in the order it needs."""


def requantized(writer: Writer, tensor: Tensor, affine: Affine, name: str) -> Tensor:
    """Return an int8 tensor with another scale, or itself when it has that one."""
    if tensor.affine == affine:
        return tensor
    return _quantize(writer, tensor, affine, name)


def to_levels(values: Array, affine: Affine) -> Array:
    """Return the integers that stand for `values`, rounded half to even as PyTorch does."""
    levels = np.rint(values * (1 / np.float32(affine.scale))) + affine.zero_point
    integers: Array = np.clip(levels, -128, 127).astype(np.int8)
    return integers


def _quantize(writer: Writer, tensor: Tensor, affine: Affine, name: str) -> Tensor:
    output = writer.builder.tensor(name, tensor.shape, "int8", affine)
    return writer.builder.add("QUANTIZE", [tensor], output, "QuantizeOptions")
