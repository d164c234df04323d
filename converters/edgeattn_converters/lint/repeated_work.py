"""The same operator on the same operands, twice."""

from __future__ import annotations

from collections.abc import Iterator

from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.repaired import before_and_after
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, place_of, word_for
from edgeattn_converters.passes.layout_operators import is_layout, is_parts
from edgeattn_converters.program import Program

REPEATED_WORK = Rule(
    name="repeated-work",
    severity="info",
    finds="An operator that computes what another one has computed from the same operands.",
    why="it takes its time again: a mask that every layer makes for itself, a Linear that is "
    "called twice on one tensor.",
    remedy="y = self.linear(x) once, and use y twice; make masks outside of the layers",
    evidence=("passes/merge_duplicates.py",),
    repaired="sometimes",
)


def repeated_work(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each second computation of the same thing."""
    for node, repaired in before_and_after(subject, _again):
        make = REPEATED_WORK.repaired_finding if repaired else REPEATED_WORK.finding
        yield make(
            op=word_for(node),
            layer=place_of(node),
            why="is computed a second time from the same operands",
        )


def _again(program: Program) -> Iterator[fx.Node]:
    seen: dict[str, fx.Node] = {}
    first: dict[fx.Node, fx.Node] = {}  # a repetition -> the first computation
    constants: dict[str, fx.Node] = {}
    for node in program.graph.nodes:
        if node.op == "get_attr":
            first[node] = constants.setdefault(str(node.target), node)
        if node.op != "call_function":
            continue
        args = fx.node.map_arg((node.args, node.kwargs), lambda one: first.get(one, one))
        key = f"{node.target} {args}"
        if key not in seen:
            seen[key] = node
            continue
        first[node] = seen[key]
        if node.all_input_nodes and not is_layout(node) and not is_parts(node):
            yield node
