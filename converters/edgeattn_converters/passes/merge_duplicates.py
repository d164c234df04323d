"""Compute the same thing once: f(x), f(x) -> one f(x) with two users.

Attention written as `attend(norm(x), norm(x), norm(x))` normalises three times without it.
"""

from __future__ import annotations

from torch import fx

from edgeattn_converters.program import Program, finish


def merge_duplicates(program: Program) -> Program:
    """Return a copy in which no operator is applied twice to the same arguments."""
    program = program.copy()
    first: dict[object, fx.Node] = {}
    for node in list(program.graph.nodes):
        if node.op not in ("call_function", "get_attr"):
            continue
        key = (node.op, node.target, _frozen(node.args), _frozen(node.kwargs))
        twin = first.setdefault(key, node)
        if twin is not node:
            node.replace_all_uses_with(twin)
            program.graph.erase_node(node)
    return finish(program)


def _frozen(value: object) -> object:
    """Return a hashable copy; numbers keep their type, so that 1, 1.0 and True differ."""
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(item)) for key, item in value.items()))
    return value if isinstance(value, fx.Node) else (type(value).__name__, str(value))
