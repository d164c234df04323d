"""Round the weights of int8 layers for the least error of what they compute.

The nearest integer errs least weight by weight, not in the sum that a layer makes of them. The
inputs are those that the layer reads in int8, on calibration samples. No scale, range or bias
changes. What it is worth is in docs/measurements/calibration.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import fx

from edgeattn_converters.bias_correction import CORRECTED
from edgeattn_converters.calibrate import Sample
from edgeattn_converters.gptq import gptq
from edgeattn_converters.input_moments import as_stored, by_group, input_moments, moments_bytes
from edgeattn_converters.operands import stored, tensor
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.program import Program, add_constant, finish
from edgeattn_converters.quantize import DEQUANTIZE_CHANNELS

MEMORY = 2**29
"""Bytes of moments held at a time; more layers than fit take more runs over the samples."""


def round_weights(
    exact: Program,
    quantised: Program,
    samples: Sequence[Sample],
    *,
    bias_follows: bool,
) -> Program:
    """Return a copy of `quantised` with weights rounded by GPTQ.

    Args:
        exact: The float Program that was quantised, with the same names.
        quantised: The same with quantize and dequantize nodes.
        samples: Real inputs; they are gone through once or a few times.
        bias_follows: Biases will be corrected: then a constant error costs nothing, and what
            counts is how inputs vary around their mean.
    """
    program = quantised.copy()
    copies = {node.name: node for node in program.graph.nodes}
    originals = {node.name: node for node in exact.graph.nodes}
    layers = [node for node in quantised.graph.nodes if _has_integers(node)]
    for group in _fitting(layers):
        moments = input_moments(quantised, group, samples)
        for layer in group:
            weight = stored(exact, originals[layer.name], 1)
            centred = bias_follows and kind(layer) in CORRECTED
            seen = moments.pop(layer)
            h = seen.centred if centred else seen.products
            _round(program, copies[layer.name], weight, h)
    return finish(program)


def _has_integers(node: fx.Node) -> bool:
    return kind(node) in HAS_WEIGHTS and tensor(node, 1).target is DEQUANTIZE_CHANNELS


def _fitting(layers: Iterable[fx.Node]) -> Iterator[list[fx.Node]]:
    """Yield layers, in order, as many at a time as MEMORY holds, and at least one."""
    group: list[fx.Node] = []
    for layer in layers:
        if group and sum(map(moments_bytes, [*group, layer])) > MEMORY:
            yield group
            group = []
        group.append(layer)
    if group:
        yield group


def _round(program: Program, layer: fx.Node, weight: torch.Tensor, moments: torch.Tensor) -> None:
    """Replace a layer's integers by those that GPTQ finds."""
    real = tensor(layer, 1)
    scales = stored(program, real, 1)
    steps = weight.double() / scales.double().reshape(-1, *[1] * (weight.ndim - 1))
    # The largest weight of a channel lies at the end of its grid, be that 127, 63 or 7.
    levels = int(stored(program, real, 0).abs().max())
    found = as_stored(layer, gptq(by_group(layer, steps), moments, levels))
    with program.graph.inserting_before(real):
        integers = add_constant(program, f"{layer.name}_weight_rounded", found.to(torch.int8))
    real.update_arg(0, integers)
