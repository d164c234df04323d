"""Operators that see constants only: the same answer at every inference."""

from __future__ import annotations

from collections.abc import Iterator

from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.repaired import before_and_after
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, place_of, word_for
from edgeattn_converters.passes.drop_identities import ALWAYS
from edgeattn_converters.passes.layout_operators import is_layout, is_parts
from edgeattn_converters.program import Program

CONSTANT_WORK = Rule(
    name="constant-work",
    severity="info",
    finds="An operator whose operands are all constants: a gathered position bias, a causal mask.",
    why="an engine that does not fold it computes it at every inference, and a quantiser that "
    "does not see the constant gives it a range and conversions.",
    remedy='self.register_buffer("bias", table[index]) once, in __init__ or before the export',
    evidence=("passes/fold_constants.py",),
    repaired="sometimes",
)


def constant_work(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each operator that is computed once and stored."""
    for node, repaired in before_and_after(subject, _constant):
        if repaired:
            yield CONSTANT_WORK.repaired_finding(
                op=word_for(node),
                layer=place_of(node),
                why="depends on no input: it is computed once and stored",
            )
        else:
            yield CONSTANT_WORK.finding(
                op=word_for(node),
                layer=place_of(node),
                why="depends on no input, and is computed at every inference all the same: its "
                "result is more than four times as large as what it is made of",
            )


def _constant(program: Program) -> Iterator[fx.Node]:
    known: set[fx.Node] = set()
    for node in program.graph.nodes:
        if node.op == "get_attr":
            known.add(node)
        elif node.op == "call_function" and all(one in known for one in node.all_input_nodes):
            known.add(node)
            if not (is_layout(node) or is_parts(node) or node.target in ALWAYS):
                yield node
