"""Place quantize and dequantize nodes: quantise once, before any format.

An operator runs in int8 when every activation it reads comes from a dequantize node and its
result goes into a quantize node. A view between two int8 operators carries the same scale on
both sides. A ReLU behind an int8 operator is free: its result's range starts at zero, and
saturation does the rest. Weights become int8 constants; biases are rounded to whole steps of the
accumulator. The Program that comes out is the simulation of what every engine computes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401 - registers quantized_decomposed
from torch import fx

from edgeattn_converters.calibrate import Ranges
from edgeattn_converters.operand_pairs import operand_pairs
from edgeattn_converters.operands import tensor
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.operators import E
from edgeattn_converters.passes.channel_walk import parameters, with_parameters
from edgeattn_converters.placement import Decision, place, root, rounded_operands, tail
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import (
    RANGE_OF,
    RUNS_IN_INT8,
    STAYS_SIGNED,
    Program,
    add_constant,
    finish,
)
from edgeattn_converters.range_methods import Bounds
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.right_operands import only_right_operands, right_operands
from edgeattn_converters.scale import (
    FOUR_BIT_LEVELS,
    LARGEST_MULTIPLIER,
    PROBABILITIES,
    Affine,
    affine,
    channel_scales,
    quantize_weights,
    round_bias,
    symmetric,
    with_room_for_bias,
)
from edgeattn_converters.weights_only import weights_only
from edgeattn_runtime.errors import CannotConvert

Q = torch.ops.quantized_decomposed
QUANTIZE, DEQUANTIZE = Q.quantize_per_tensor.default, Q.dequantize_per_tensor.default
DEQUANTIZE_CHANNELS = Q.dequantize_per_channel.default

FIXED = {
    "sigmoid": PROBABILITIES,
    "tanh": Affine(1 / 128, 0),
    "hardsigmoid": Affine(1 / 255, -128),  # it reaches 0 and 1
}
"""Kinds whose result has one scale in every engine, whatever calibration saw."""

ROOM_FOR_ATTENTION = 2.0
"""How far the largest probability of a softmax may exceed the largest that calibration saw.

No engine here runs the softmax itself in int8, so its result may have any scale. Where 197 tokens
attend evenly, a probability is 1.3 steps of the usual 1/256 (measured: 21.9 dB for ViT-tiny).
"""


@dataclass(frozen=True)
class Quantized:
    """A Program with quantize and dequantize nodes, and why they are where they are."""

    program: Program
    decisions: tuple[Decision, ...]


def quantize(program: Program, ranges: Ranges, recipe: Recipe, policy: Policy) -> Quantized:
    """Return a quantised copy of a Program that has the form its engine wants."""
    program = program.copy()
    decisions = place(program, recipe, policy)
    int8 = {node for node, decision in decisions.items() if decision.precision == "int8"}
    for node, decision in decisions.items():
        node.meta[RUNS_IN_INT8] = decision.int8
    if policy.weight_group is not None:
        weights_only(program, int8, policy.weight_levels, policy.weight_group)
        return Quantized(program, tuple(map(_stored_as_int8, decisions.values())))
    symmetric_roots = right_operands(int8) if policy.symmetric_right else set()
    signed_roots = only_right_operands(int8) if policy.signed_right else set()
    scales = _Scales(ranges, symmetric_roots, policy.symmetric)
    needed = _Needed(int8)
    nodes = list(program.graph.nodes)
    produced = {
        tail(node)
        for node in int8
        if kind(node) not in policy.float_result or (tail(node) is not node)
    }
    for node in nodes:
        if node in int8 and kind(node) in HAS_WEIGHTS:
            activation = scales(root(tensor(node, 0)))
            steps = _quantize_parameters(program, node, activation, policy.weight_levels)
            scales.make_room(tail(node), activation.scale * float(steps.max()))
        elif node in int8 and kind(node) == "matmul":
            left, right = (scales(root(tensor(node, place))) for place in (0, 1))
            scales.make_room(tail(node), left.scale * right.scale)
    everyone: Callable[[fx.Node], bool] = lambda user: True  # noqa: E731 - beside its sibling
    borders = []  # decided on the float graph, before the first node is inserted
    for node in nodes:
        if node in produced:
            borders.append((node, scales(node), everyone))
        elif kind(node) == "layout" and needed(node):
            borders.append((node, scales(root(node)), everyone))
        elif node.op in ("placeholder", "call_function") and needed(node):
            borders.append((node, scales(node), needed.reader))
    if policy.pairs_at == "operands":
        borders = [(one, scales(root(one)), reads) for one, reads in operand_pairs(nodes, int8)]
    signed = {node for node in nodes if root(node) in signed_roots}
    for node, scale, reads in borders:
        _wrap(program, node, scale, reads, node in signed)
    for node, decision in decisions.items():
        if decision.precision in ("dynamic", "w4"):
            levels = FOUR_BIT_LEVELS if decision.precision == "w4" else policy.weight_levels
            _quantize_parameters(program, node, None, levels)
            _round_as_it_runs(program, node, policy)
    return Quantized(finish(program), tuple(decisions.values()))


def _stored_as_int8(decision: Decision) -> Decision:
    return replace(decision, precision="weights") if decision.int8 else decision


class _Needed:
    """Tell whether somebody reads a value as int8: an int8 operator, or a view for one."""

    def __init__(self, int8: set[fx.Node]) -> None:
        self.int8 = int8
        self.known: dict[fx.Node, bool] = {}

    def __call__(self, node: fx.Node) -> bool:
        if node not in self.known:
            self.known[node] = any(
                self.reader(user) for user in node.users if node in rounded_operands(user)
            )
        return self.known[node]

    def reader(self, user: fx.Node) -> bool:
        return user in self.int8 or (kind(user) == "layout" and self(user))


class _Scales:
    """Give each value its quantisation, from its range and what its readers demand."""

    def __init__(self, ranges: Ranges, symmetric_roots: set[fx.Node], all_symmetric: bool) -> None:
        self.ranges = ranges
        self.symmetric_roots = symmetric_roots
        self.all_symmetric = all_symmetric
        self.smallest: dict[fx.Node, float] = {}

    def make_room(self, node: fx.Node, accumulator_step: float) -> None:
        """Let a result that hardly ever moves, as behind a dead ReLU, keep a step engines take."""
        self.smallest[node] = accumulator_step / LARGEST_MULTIPLIER

    def __call__(self, node: fx.Node) -> Affine:
        if kind(node) in FIXED and not self.all_symmetric:
            return FIXED[kind(node)]
        name = range_name(node)
        if name not in self.ranges.bounds:
            raise CannotConvert(
                f"{node.name} has no finite range to quantise with: calibration saw -inf in it, or "
                "never saw it; mask with -30 instead of -inf, or name its layer in keep_float"
            )
        centred = self.all_symmetric or node in self.symmetric_roots
        return fitted(
            kind(node), self.ranges.bounds[name], centred=centred,
            smallest_step=self.smallest.get(node, 0.0),
        )  # fmt: skip


def range_name(node: fx.Node) -> str:
    """Return the name under which calibration knows the range of a value."""
    return str(node.meta.get(RANGE_OF, node.name))


def fitted(what: str, bounds: Bounds, *, centred: bool, smallest_step: float = 0.0) -> Affine:
    """Return the quantisation of a value.

    Args:
        what: The kind of operator that makes it; a softmax gets room above what was seen.
        bounds: Its smallest and largest value.
        centred: Whether its zero-point must be 0.
        smallest_step: What engines' multipliers can still hold.
    """
    low, high = bounds
    if what == "softmax":
        low, high = 0.0, min(1.0, ROOM_FOR_ATTENTION * high)
    return (symmetric if centred else affine)(low, high, smallest_step)


def _quantize_parameters(
    program: Program, node: fx.Node, activation: Affine | None, levels: int
) -> torch.Tensor:
    """Replace weight and bias by integers behind a dequantize; return the weight's steps [out].

    Without an activation's scale, which dynamic quantisation does not know yet, the bias is float.
    """
    weight, bias = parameters(program, node)
    scales = channel_scales(weight, levels)
    if activation is not None:
        scales = with_room_for_bias(scales, bias, activation.scale)
    integers = quantize_weights(weight, scales, levels)
    graph = program.graph
    with graph.inserting_before(node):
        constants = (
            add_constant(program, f"{node.name}_weight_int8", integers),
            add_constant(program, f"{node.name}_weight_scales", scales),
            add_constant(program, f"{node.name}_weight_zeros", torch.zeros(len(scales)).long()),
        )
        limit = FOUR_BIT_LEVELS if levels == FOUR_BIT_LEVELS else 127  # what the file holds
        real = graph.call_function(DEQUANTIZE_CHANNELS, (*constants, 0, -limit, limit, torch.int8))
        real.meta["layer"] = node.meta["layer"]
        if activation is not None:
            bias = round_bias(bias, scales, activation.scale)
        with_parameters(node, real, add_constant(program, f"{node.name}_bias_rounded", bias))
    return scales


def _round_as_it_runs(program: Program, node: fx.Node, policy: Policy) -> None:
    """Let a layer read its activation through dynamic quantisation, once for all its readers."""
    activation = tensor(node, 0)
    known = [user for user in activation.users if user.target is E.dynamic_int8.default]
    if not known:
        with program.graph.inserting_after(activation):
            rounded = program.graph.call_function(
                E.dynamic_int8.default, (activation, policy.per_row)
            )
        rounded.meta["layer"] = node.meta.get("layer", "")
        rounded._rename(f"{activation.name}_dynamic")
        known = [rounded]
    node.update_arg(0, known[0])


def _wrap(
    program: Program, node: fx.Node, scale: Affine, reads: Callable[[fx.Node], bool], signed: bool
) -> None:
    """Put quantize and dequantize behind a value, for the users that `reads` names."""
    graph = program.graph
    levels = (scale.scale, scale.zero_point, -128, 127, torch.int8)
    users = [user for user in node.users if reads(user)]
    with graph.inserting_after(node):
        integer = graph.call_function(QUANTIZE, (node, *levels))
    with graph.inserting_after(integer):
        real = graph.call_function(DEQUANTIZE, (integer, *levels))
    for part, word in ((integer, "int8"), (real, "real")):
        part.meta["layer"] = node.meta.get("layer", "")
        if signed:
            part.meta[STAYS_SIGNED] = True
        part._rename(f"{node.name}_{word}")
    for user in users:
        user.replace_input_with(node, real)
