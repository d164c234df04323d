"""Quantise weights and nothing else: activations and arithmetic stay float.

For engines without a QuantizeLinear kernel, and where a quarter of the download counts more than
the time. A Linear whose input width divides by the group has one step per group of weights,
half the rounding error of one per channel or less; everything else has one step per output channel.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401 - registers quantized_decomposed
from torch import fx

from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.passes.channel_walk import parameters, with_parameters
from edgeattn_converters.program import Program, add_constant, finish
from edgeattn_converters.scale import channel_scales, quantize_weights

Q = torch.ops.quantized_decomposed
DEQUANTIZE_GROUPS = Q.dequantize_per_channel_group.default
DEQUANTIZE_CHANNELS = Q.dequantize_per_channel.default


def weights_only(program: Program, int8: set[fx.Node], levels: int, group: int) -> Program:
    """Replace the weights of `int8` by integers behind a dequantize, in place.

    Args:
        program: A copy that may be changed.
        int8: Operators of the Program; those without weights are passed over.
        levels: Weights span [-levels, levels].
        group: Neighbouring inputs of a Linear that share a step.
    """
    for node in int8:
        if kind(node) not in HAS_WEIGHTS:
            continue
        weight, bias = parameters(program, node)
        grouped = kind(node) in ("linear", "gemm") and weight.shape[1] % group == 0
        rows = weight.reshape(-1, group) if grouped else weight
        scales = channel_scales(rows, levels)
        integers = quantize_weights(rows, scales, levels).reshape(weight.shape)
        if grouped:
            scales = scales.reshape(len(weight), -1)  # [out, in / group]
        with program.graph.inserting_before(node):
            zeros = torch.zeros(scales.shape, dtype=torch.int64)
            constants = (
                add_constant(program, f"{node.name}_weight_int8", integers),
                add_constant(program, f"{node.name}_weight_scales", scales),
                add_constant(program, f"{node.name}_weight_zeros", zeros),
            )
            if grouped:
                target = DEQUANTIZE_GROUPS
                rest: tuple[Any, ...] = (-levels, levels, torch.int8, group, torch.float32)
            else:
                target, rest = DEQUANTIZE_CHANNELS, (0, -levels, levels, torch.int8)
            real = program.graph.call_function(target, (*constants, *rest))
            real.meta["layer"] = node.meta.get("layer", "")
            with_parameters(node, real, add_constant(program, f"{node.name}_bias", bias))
    return finish(program)
