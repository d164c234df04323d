"""What a model asks of a machine: operations and bytes, operator by operator.

Counted are multiplications and additions of what multiplies and accumulates (convolutions,
Linears, products, attention cores), and for every operator the bytes it reads and writes once.
Not counted: operations of softmax, norms and activations (their bytes stand for them), views, and
whatever a cache spares or an engine copies.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import fx

from edgeattn_converters.cost import parts
from edgeattn_converters.drafts import int8_form
from edgeattn_converters.operator_kind import COUNTED, HAS_WEIGHTS, kind
from edgeattn_converters.passes.layout_operators import is_parts
from edgeattn_converters.placement import Decision, place
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_converters.recipe import RECIPES

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Work:
    """One operator.

    Attributes:
        name: The tensor it computes.
        kind: As in operator_kind.py.
        precision: Of its arithmetic: "fp32" or "int8".
        operations: Multiplications and additions, each counted.
        bytes: Read and written, each tensor once.
    """

    name: str
    kind: str
    precision: str
    operations: int
    bytes: int


def float_work(program: Program, policy: Policy) -> tuple[Work, ...]:
    """Return the work of the float file that a policy makes of a program after the passes."""
    for rewrite in policy.float_form:
        program = rewrite(program)
    return work_of(program)


def int8_work(program: Program, policy: Policy) -> tuple[tuple[Work, ...], ...]:
    """Return the work of each int8 file that a policy would try; none where nothing runs in int8.

    Args:
        program: After the passes.
        policy: What the engine runs fast.
    """
    exact = int8_form(program, policy)
    found: dict[tuple[Work, ...], None] = {}
    for variant in RECIPES["int8"].variants(policy.cores, policy.linears):
        decisions = tuple(place(exact, variant, policy).values())
        if any(one.int8 for one in decisions):
            found[work_of(exact, decisions)] = None
    return tuple(found)


def with_batch(work: tuple[Work, ...], batch: int) -> tuple[Work, ...]:
    """Return the work of one sample, where the program's inputs hold `batch` of them."""
    return tuple(
        replace(one, operations=one.operations // batch, bytes=one.bytes // batch) for one in work
    )


def work_of(program: Program, decisions: Iterable[Decision] = ()) -> tuple[Work, ...]:
    """Return the work of a program in the form an engine runs; without decisions all is float."""
    return tuple(_work(program, {one.name: one for one in decisions}))


def _work(program: Program, decisions: dict[str, Decision]) -> Iterator[Work]:
    for node in program.graph.nodes:
        what = kind(node)
        if node.op != "call_function" or what == "layout" or is_parts(node):
            continue
        decision = decisions.get(node.name)
        precision = "float" if decision is None else decision.precision
        macs = sum(cost.macs for cost in parts(node)) if what in COUNTED else 0
        yield Work(
            name=node.name,
            kind=what,
            precision="int8" if precision in ("int8", "dynamic") else "fp32",
            operations=2 * macs,
            bytes=_bytes(node, what, precision),
        )


def _bytes(node: fx.Node, what: str, precision: str) -> int:
    """Return what an operator reads and writes."""
    activation = 1 if precision == "int8" else FLOAT_BYTES
    total = _elements(node) * activation
    for position, read in enumerate(node.all_input_nodes):
        is_weight = read.op == "get_attr"
        size = activation
        if is_weight:
            narrow = precision != "float" and what in HAS_WEIGHTS and position == 1
            size = 1 if narrow else FLOAT_BYTES
        total += _elements(read) * size
    return total


def _elements(node: fx.Node) -> int:
    value = node.meta.get("val")
    return math.prod(value.shape) if isinstance(value, torch.Tensor) else 0
