"""Compute operators on a twin of their input that lies differently in memory.

A twin holds the same numbers in another layout: an image with its channels last, a signal as an
image of one row. Operators that have a form for the twin are built on it, one after the other;
where somebody still wants the old layout, a view behind the twin gives it back. A twin takes over
the name of what it replaces, so that it stays the same tensor to calibration and reports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import fx

from edgeattn_converters.program import Program, take_name

Twins = dict[fx.Node, fx.Node]  # value -> the same in the other layout
Build = Callable[[Program, fx.Node, Twins], fx.Node | None]


def build_twins(
    program: Program,
    builders: Mapping[object, Build],
    view_back: Callable[[fx.Node, fx.Node], fx.Node | None],
) -> None:
    """Replace operators by their twins, in place.

    Args:
        program: A copy that may be changed.
        builders: Operator -> what builds its twin; None where this form of it has none.
        view_back: (operator, twin) -> the twin in the old layout; None where both are the same.
    """
    twins: Twins = {}
    for node in list(program.graph.nodes):
        build = builders.get(node.target) if node.op == "call_function" else None
        if build is None:
            continue
        with program.graph.inserting_before(node):
            twin = build(program, node, twins)
            if twin is None:
                continue
            take_name(twin, node)
            back = view_back(node, twin)
        if back is not None:
            twins[back] = twin
        node.replace_all_uses_with(twin if back is None else back)
