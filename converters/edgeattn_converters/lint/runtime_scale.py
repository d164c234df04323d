"""A constant factor on scores, queries or a Linear's result: free once it lives in the weights."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.repaired import before_and_after
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.placement import root
from edgeattn_converters.program import Program, constant, is_constant, shape

A = torch.ops.aten

RUNTIME_SCALE = Rule(
    name="runtime-scale",
    severity="info",
    finds="A product or quotient with one constant, of a projection or of attention scores.",
    why="1 / sqrt(head width) on the scores reads and writes heads x tokens^2 numbers at every "
    "inference; in the query's weights it costs nothing, and no integer kernel takes a constant "
    "operand here.",
    remedy="F.scaled_dot_product_attention(q, k, v), which scales inside; or scale the weights "
    "once: query.weight.data /= d ** 0.5",
    evidence=("passes/fold_scale.py",),
    repaired="sometimes",
)
FACTORS = frozenset({A.mul.Tensor, A.div.Tensor, A.mul.Scalar, A.div.Scalar})


def runtime_scale(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each factor that a projection could take."""
    for node, repaired in before_and_after(subject, _scaled):
        make = RUNTIME_SCALE.repaired_finding if repaired else RUNTIME_SCALE.finding
        numbers = f"{list(shape(node))}"
        why = (
            f"a constant factor on {numbers} numbers moves into the weights before it"
            if repaired
            else f"a constant factor on {numbers} numbers is multiplied at every inference"
        )
        yield make(op="mul", layer=place_of(node), why=why)


def _scaled(program: Program) -> Iterator[fx.Node]:
    for node in calls(program):
        if node.target not in FACTORS or not isinstance(node.args[0], fx.Node):
            continue
        made_by = kind(root(node.args[0]))
        if made_by in HAS_WEIGHTS | {"matmul"} and _is_number(program, node.args[1]):
            yield node


def _is_number(program: Program, value: object) -> bool:
    if is_constant(value):
        return constant(program, value).numel() == 1
    return isinstance(value, (int, float))
