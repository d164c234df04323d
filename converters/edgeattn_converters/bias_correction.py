"""Take the mean error of each layer out of its bias.

Rounded weights do not only add noise: on inputs whose mean is far from zero (photos are bright) the
rounding errors of a channel add up to a constant. Layer by layer, in order, the mean of every
output channel over some real samples is compared with the float model's, and the bias takes the
difference. No weight, scale or range changes.

What it is worth on gesture-hybrid, whose first convolution sees raw photos, is in
docs/decisions/0007-bias-correction.md. Source: Nagel et al. 2019, arXiv:1906.04721, section 4.2.2
(empirical bias correction).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import fx

from edgeattn_converters.calibrate import Sample
from edgeattn_converters.operands import stored
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.passes.channel_walk import CHANNEL_AXIS
from edgeattn_converters.program import Program, add_constant, finish
from edgeattn_converters.quantize import DEQUANTIZE, DEQUANTIZE_CHANNELS, QUANTIZE
from edgeattn_converters.scale import round_bias
from edgeattn_converters.weights_only import DEQUANTIZE_GROUPS

SAMPLES = 64
"""Enough for a mean: its error falls with the root of samples times pixels."""

CORRECTED = HAS_WEIGHTS - {"projection"}
"""A projection's bias acts before a softmax, where the mean of the result says nothing of it."""


Means = Mapping[str, torch.Tensor]
"""The mean of every output channel of every weighted layer, by the layer's result."""


def correct_bias(
    exact: Program, quantised: Program, samples: Sequence[Sample], means: Means | None = None
) -> Program:
    """Return a copy of `quantised` whose int8 layers have the mean of `exact`, channel by channel.

    Args:
        exact: The float Program that was quantised, with the same names.
        quantised: The same with quantize and dequantize nodes.
        samples: Real inputs, held in memory together with one layer's results each.
        means: What channel_means gave for `exact` and `samples`, when that is known already.
    """
    program = quantised.copy()
    means = channel_means(exact, samples) if means is None else means
    runs = [_Run(program, sample) for sample in samples]
    for node in list(program.graph.nodes):
        for run in runs:
            run.step(node)
        if node.op != "call_function" or node.name not in means or not _is_int8(node):
            continue
        found = torch.stack([_mean(node, run.values[node]) for run in runs]).mean(0)
        shift = _shift_bias(program, node, means[node.name] - found)
        for run in runs:
            run.values[node] = run.values[node] + shift.reshape([-1, *[1] * _behind(node)])
    return finish(program)


def _is_int8(node: fx.Node) -> bool:
    weight = node.args[1]
    return isinstance(weight, fx.Node) and weight.target in (DEQUANTIZE_CHANNELS, DEQUANTIZE_GROUPS)


def channel_means(program: Program, samples: Sequence[Sample]) -> Means:
    """Return the mean of every output channel of every weighted layer."""
    wanted = [node for node in program.graph.nodes if kind(node) in CORRECTED]
    totals = {node.name: torch.zeros(()) for node in wanted}
    for sample in samples:
        run = _Run(program, sample)
        for node in program.graph.nodes:
            run.step(node)
            if node.name in totals:
                totals[node.name] = totals[node.name] + _mean(node, run.values[node])
    return {name: total / len(samples) for name, total in totals.items()}


def _mean(node: fx.Node, value: torch.Tensor) -> torch.Tensor:
    """Return the mean of every output channel of a layer's result."""
    return value.movedim(-1 - _behind(node), -1).flatten(0, -2).mean(0)


def _behind(node: fx.Node) -> int:
    """Return how many axes of a layer's result lie behind its channels: two for [B, C, H, W]."""
    return -1 - CHANNEL_AXIS.get(node.target, -1)


def _shift_bias(program: Program, node: fx.Node, difference: torch.Tensor) -> torch.Tensor:
    """Add `difference` to a bias in whole steps of the accumulator; return what was added."""
    weight = node.args[1]
    assert isinstance(weight, fx.Node)
    scales = stored(program, weight, 1)
    before = stored(program, node, 2)
    step = _input_scale(node)
    after = before + difference
    if step is not None:
        after = round_bias(after, scales, step)
    with program.graph.inserting_before(node):
        constant = add_constant(program, f"{node.name}_bias_corrected", after)
    node.update_arg(2, constant)
    return after - before


def _input_scale(node: fx.Node) -> float | None:
    """Return the step of the activation that an int8 layer reads: its dequantize node says it.

    One that is found as the model runs, or float, is None: the bias beside it is float.
    """
    real = node.args[0]
    assert isinstance(real, fx.Node)
    if real.target is not DEQUANTIZE:
        return None
    integer = real.args[0]
    assert isinstance(integer, fx.Node)
    assert integer.target is QUANTIZE
    scale = integer.args[1]
    assert isinstance(scale, float)
    return scale


class _Run:
    """One sample on its way through a graph, one node at a time; forgets what nobody reads."""

    def __init__(self, program: Program, sample: Sample) -> None:
        self.interpreter = fx.Interpreter(program.graph_module, garbage_collect_values=False)
        self.inputs = iter(sample)
        self.values: dict[fx.Node, Any] = {}
        self.last: dict[fx.Node, list[fx.Node]] = {}
        seen: set[fx.Node] = set()
        for node in reversed(list(program.graph.nodes)):
            self.last[node] = [source for source in node.all_input_nodes if source not in seen]
            seen.update(node.all_input_nodes)

    def step(self, node: fx.Node) -> None:
        """Compute a node's value and drop those that it was the last to read."""
        if node.op == "output":
            return
        if node.op == "placeholder":
            self.values[node] = next(self.inputs)
        elif node.op == "get_attr":
            self.values[node] = getattr(self.interpreter.module, str(node.target))
        else:
            args, kwargs = fx.node.map_arg((node.args, node.kwargs), self.values.__getitem__)
            assert callable(node.target), node
            with torch.no_grad():
                self.values[node] = node.target(*args, **kwargs)
        for source in self.last.get(node, ()):
            self.values.pop(source, None)
