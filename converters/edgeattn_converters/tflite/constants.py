"""Constants of a Program: float weights, and int8 weights with their scales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import Program, constant
from edgeattn_converters.scale import FOUR_BIT_LEVELS
from edgeattn_converters.tflite.builder import Affine, Array
from edgeattn_converters.tflite.dialect import DEQUANTIZE, DEQUANTIZE_CHANNELS


@dataclass(frozen=True)
class Weight:
    """A constant tensor as it is stored.

    Attributes:
        values: int8 when `affine` is there, else any dtype.
        affine: What the integers stand for.
        bits: Of each integer in the file: 8, or 4 for values of -7 to 7.
    """

    values: Array
    affine: Affine | None = None
    bits: int = 8

    def permute(self, *axes: int) -> Weight:
        """Return the weight with its axes in another order; the channel axis moves along."""
        affine = self.affine
        if affine is not None and len(affine.scales) > 1:
            affine = Affine(affine.scales, affine.zero_point, axes.index(affine.axis))
        return Weight(self.values.transpose(axes), affine, self.bits)


def weight(program: Program, node: object) -> Weight | None:
    """Return the constant behind a `get_attr` node or the dequantisation of one, else None."""
    if not isinstance(node, fx.Node):
        return None
    if node.op == "get_attr":
        return Weight(constant(program, node).numpy())
    if node.target not in (DEQUANTIZE, DEQUANTIZE_CHANNELS):
        return None
    given = arguments(node)
    stored = given["input"]
    if stored.op != "get_attr":
        return None
    values = constant(program, stored).numpy()
    if node.target is DEQUANTIZE:
        return Weight(values, affine_of(node))
    zero_points = constant(program, given["zero_points"]).numpy()
    if np.any(zero_points != 0):
        return None  # weights are symmetric; anything else is no weight of ours
    scales = constant(program, given["scales"]).numpy().astype(np.float32)
    bits = 4 if given["quant_max"] == FOUR_BIT_LEVELS else 8
    return Weight(values, Affine(tuple(scales.tolist()), 0, given["axis"]), bits)


def affine_of(node: fx.Node) -> Affine:
    """Return the scale and zero-point of a per-tensor quantize or dequantize node."""
    given = arguments(node)
    return Affine((float(np.float32(given["scale"])),), int(given["zero_point"]))
