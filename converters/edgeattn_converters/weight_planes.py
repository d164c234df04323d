"""How finely edgeattn-kernels is to weigh the values of an attention core: 8 bits, or 15.

With one plane the library weighs with round(254 exp(-x)), x in steps of 1/40 and 0 beyond 6.25; two
planes have 15 bits. Rounding queries, keys and values costs a core some decibels; one plane is
enough where it loses at most MOST_LOST_DB more. That is the rule; it is decided on real samples.

On the zoo one plane loses less and no model answers better with two (docs/measurements/
kernel-accuracy.md), which take longer (kernel-planes.md beside it). Long rows with high peaks want
two: their tail of small weights counts together. The arithmetic: runtime/kernels/src/
exponential.hpp.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from edgeattn_converters.calibrate import Sample
from edgeattn_converters.operands import tensor
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.operators import E
from edgeattn_converters.program import PLANES, RUNS_IN_INT8, Program
from edgeattn_converters.quantize import DEQUANTIZE, QUANTIZE

SAMPLES = 8
"""Each has hundreds of rows; more of them do not move the decibels by a tenth on the zoo."""

MOST_LOST_DB = 4.0
"""A kernel that loses no more is as good as its inputs: the goal it was written to."""

TOP, REACH, LEVELS = 254, 6.25, 256
STEP = REACH / (LEVELS - 1)


@dataclass(frozen=True)
class PlaneError:
    """What one plane does to a core's result, against float attention of unrounded tensors.

    Attributes:
        rounding: Mean square error with a float softmax: of rounded queries, keys and values alone.
        coarse: The same with one plane.
    """

    rounding: float
    coarse: float

    @property
    def lost_db(self) -> float:
        """What one plane loses; two lose nothing (docs/measurements/kernels.md)."""
        if self.rounding == 0:
            return 0.0 if self.coarse == 0 else math.inf
        return 10 * math.log10(self.coarse / self.rounding) if self.coarse > 0 else -math.inf

    @property
    def planes(self) -> int:
        """The rule."""
        return 1 if self.lost_db <= MOST_LOST_DB else 2


def choose_planes(program: Program, samples: Sequence[Sample]) -> Program:
    """Return a copy whose int8 cores say how finely they are to be weighed.

    Args:
        program: Quantised.
        samples: Real inputs.
    """
    errors = plane_errors(program, samples)
    program = program.copy()
    for core in _cores(program):
        if core.name in errors:
            core.meta[PLANES] = errors[core.name].planes
    return program


def plane_errors(program: Program, samples: Sequence[Sample]) -> Mapping[str, PlaneError]:
    """Return, by the core's name, what one plane does to the results of int8 cores."""
    cores = _cores(program)
    if not cores or not samples:
        return {}
    watch = _Watch(program, cores)
    for sample in samples[:SAMPLES]:
        with torch.no_grad():
            watch.run(*sample)
        watch.exact.clear()
    return {
        name: PlaneError(*(total / watch.count[name] for total in totals))
        for name, totals in watch.squares.items()
    }


def one_plane(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, scale: float) -> Tensor:
    """Return what the library computes with one plane, but for its steps, a little longer.

    Args:
        q: Rounded queries, heads apart: [batch, heads, tokens, head_width].
        k: Rounded keys, [batch, heads, keys, head_width].
        v: Rounded values, [batch, heads, keys, value_width].
        bias: Added to the scores, broadcast to them, or None.
        scale: Multiplies the scores.
    """
    scores = q @ k.transpose(-1, -2) * scale
    if bias is not None:
        scores = scores + bias
    below = scores.amax(-1, keepdim=True) - scores
    index = (below / STEP).round().clamp(max=LEVELS - 1)
    weights = (TOP * torch.exp(-STEP * index)).round()
    return weights @ v / weights.sum(-1, keepdim=True)


def _cores(program: Program) -> list[fx.Node]:
    target = E.multi_head_attention.default
    nodes = program.graph.find_nodes(op="call_function", target=target)
    return [node for node in nodes if node.meta.get(RUNS_IN_INT8)]


def _before_rounding(cores: Sequence[fx.Node]) -> set[fx.Node]:
    """Return the roundings of what cores read, and the views between them."""
    found: set[fx.Node] = set()
    ahead = [part for core in cores for part in core.args[:3] if isinstance(part, fx.Node)]
    while ahead:
        node = ahead.pop()
        if node.target in (QUANTIZE, DEQUANTIZE) or kind(node) == "layout":
            found.add(node)
            ahead.append(tensor(node, 0))
    return found


class _Watch(fx.Interpreter):
    """Runs a Program and computes its cores twice more: as the library would, and unrounded."""

    def __init__(self, program: Program, cores: Sequence[fx.Node]) -> None:
        super().__init__(program.graph_module)
        self.names = {core.name for core in cores}
        self.rounded = {node.name for node in _before_rounding(cores)}
        self.exact: dict[fx.Node, Tensor] = {}  # what a node would be without rounding
        self.squares = {core.name: [0.0, 0.0] for core in cores}
        self.count = {core.name: 0 for core in cores}

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if n.name in self.rounded:
            source = tensor(n, 0)
            before = self.exact.get(source, self.env[source])
            if n.target not in (QUANTIZE, DEQUANTIZE):
                before = n.target(before, *self.fetch_args_kwargs_from_env(n)[0][1:])  # type: ignore[operator]
            self.exact[n] = before
        if n.name in self.names:
            self._compare(n, result)
        return result

    def _compare(self, n: fx.Node, result: Tensor) -> None:
        (*together, bias, heads, scale), _ = self.fetch_args_kwargs_from_env(n)
        q, k, v = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in together)
        coarse = one_plane(q, k, v, bias, scale).transpose(1, 2).flatten(2)
        parts = (tensor(n, place) for place in range(3))
        exact = (self.exact.get(part, self.env[part]) for part in parts)
        wanted = E.multi_head_attention(*exact, bias, heads, scale)
        self.count[n.name] += result.numel()
        for place, found in enumerate((result, coarse)):
            self.squares[n.name][place] += float((wanted - found).double().square().sum())
