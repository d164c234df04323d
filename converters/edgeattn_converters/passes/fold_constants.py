"""Compute what does not depend on the input: f(constants) -> constant."""

from __future__ import annotations

from typing import Any

import torch
from torch import fx

from edgeattn_converters.program import Program, add_constant, constant, finish, is_constant

LARGEST_GROWTH = 4
"""A folded constant may be this many times larger than what it was computed from.

Beyond that (an expanded mask, a one-hot table) the file would grow more than the time is worth.
"""


A = torch.ops.aten
OF_A_SHAPE = frozenset(
    {A.zeros_like.default, A.ones_like.default, A.full_like.default, A.new_zeros.default,
     A.new_ones.default, A.new_full.default}
)  # fmt: skip
"""Operators that read only the shape of their input, which is static."""


def fold_constants(program: Program) -> Program:
    """Return a copy in which every operator on constants alone has become a constant."""
    program = program.copy()
    known: dict[fx.Node, Any] = {}
    for node in list(program.graph.nodes):
        if is_constant(node):
            known[node] = constant(program, node)
        if node.op != "call_function" or node.target is torch.onnx.ops.symbolic:
            continue  # a node that only a writer knows has no value to compute here
        if node.target in OF_A_SHAPE:
            given = {n: torch.empty(n.meta["val"].shape, dtype=n.meta["val"].dtype)
                     for n in node.all_input_nodes}  # fmt: skip
        elif all(n in known for n in node.all_input_nodes):
            given = known
        else:
            continue
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), given.__getitem__)
        assert callable(node.target), node
        with torch.no_grad():
            value = node.target(*args, **kwargs)
        if isinstance(value, torch.Tensor) and _too_large(value, node, given):
            continue
        known[node] = value
        if not isinstance(value, torch.Tensor):
            continue  # several results: the getitem nodes behind it fold
        with program.graph.inserting_before(node):
            folded = add_constant(program, f"{node.name}_folded", value)
        node.replace_all_uses_with(folded)
        known[folded] = value
    return finish(program)


def _too_large(value: torch.Tensor, node: fx.Node, known: dict[fx.Node, Any]) -> bool:
    sources = [known[n] for n in node.all_input_nodes]
    if not sources:
        return False  # arange, zeros, ones: nothing to compare with
    numbers = sum(
        t.numel() for s in sources for t in (s if isinstance(s, (tuple, list)) else (s,))
        if isinstance(t, torch.Tensor)
    )  # fmt: skip
    return value.numel() > LARGEST_GROWTH * max(numbers, 1024)
