"""Shift activations from int8 to uint8: q in [-128, 127] -> q + 128 in [0, 255].

The real numbers stay the same, bit for bit. ONNX Runtime's kernels are made for unsigned
activations and signed weights: with signed ones, dense convolutions are 16-26x slower on x86
(docs/measurements/engine-forms.md). What only products read on their right stays signed, like
weights (right_operands.py).
"""

from __future__ import annotations

import torch

from edgeattn_converters.program import STAYS_SIGNED, Program, finish
from edgeattn_converters.quantize import DEQUANTIZE, QUANTIZE

SHIFT = 128


def shift_to_uint8(program: Program) -> Program:
    """Return a copy whose quantised activations are uint8."""
    program = program.copy()
    for node in program.graph.nodes:
        if node.meta.get(STAYS_SIGNED):
            continue
        if node.target in (QUANTIZE, DEQUANTIZE) and node.args[-1] is torch.int8:
            value, scale, zero_point = node.args[:3]
            node.args = (value, scale, zero_point + SHIFT, 0, 255, torch.uint8)
    return finish(program)
