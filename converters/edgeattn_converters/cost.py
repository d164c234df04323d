"""Count multiply-accumulates and weights, in all and in int8."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import fx

from edgeattn_converters.operands import tensor
from edgeattn_converters.operator_kind import COUNTED, HAS_WEIGHTS, kind
from edgeattn_converters.placement import Decision
from edgeattn_converters.program import Program, shape
from edgeattn_runtime.model_file import PrecisionAudit


@dataclass(frozen=True)
class Cost:
    """What one operator takes: multiply-accumulates, and how many weights it multiplies with."""

    macs: int
    weights: int


def total_macs(program: Program) -> int:
    """Return the multiply-accumulates of one inference: convolutions, Linears, attention cores."""
    return sum(sum(cost.macs for cost in parts(node)) for node in _counted(program))


def audit(program: Program, decisions: tuple[Decision, ...]) -> PrecisionAudit:
    """Return the shares that run in int8; a projection's attention core counts as float."""
    int8 = {decision.name for decision in decisions if decision.precision != "float"}
    float_products = {one.name for one in decisions if one.precision == "weights"}
    macs = weights = int8_macs = int8_weights = 0
    for node in _counted(program):
        for place, cost in enumerate(parts(node)):
            macs, weights = macs + cost.macs, weights + cost.weights
            if node.name in int8 and place == 0:
                int8_weights += cost.weights
                int8_macs += 0 if node.name in float_products else cost.macs
    return PrecisionAudit(
        int8_weight_share=int8_weights / weights if weights else 0.0,
        int8_mac_share=int8_macs / macs if macs else 0.0,
    )


def parts(node: fx.Node) -> tuple[Cost, ...]:
    """Return an operator's cost; for a projection with its core, the two apart."""
    what, size = kind(node), math.prod(shape(node))
    if what in HAS_WEIGHTS:
        weight = tensor(node, 1)
        per_output, weights = math.prod(shape(weight)[1:]), math.prod(shape(weight))
        if what == "projection":
            batch, tokens, width = shape(node)
            return (
                Cost(3 * size * per_output, weights),
                Cost(2 * batch * tokens * tokens * width, 0),
            )
        return (Cost(size * per_output, weights),)
    if what == "matmul":
        return (Cost(size * shape(tensor(node, 0))[-1], 0),)
    batch, tokens, width = shape(tensor(node, 0))  # an attention core's query
    keys = shape(tensor(node, 1))[1]
    return (Cost(batch * tokens * keys * (width + shape(node)[2]), 0),)


def _counted(program: Program) -> list[fx.Node]:
    return [node for node in program.graph.nodes if kind(node) in COUNTED]
