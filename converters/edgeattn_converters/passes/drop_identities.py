"""Remove operators that return their input: clone(x) -> x, to(x, same dtype) -> x, x + 0 -> x."""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.program import Program, finish, shape

A = torch.ops.aten

ALWAYS = frozenset(
    {A.clone.default, A.contiguous.default, A.alias.default, A.detach.default,
     A.lift_fresh_copy.default, A.lift_fresh.default}
)  # fmt: skip
WHEN_NOTHING_CHANGES = frozenset(
    {A._to_copy.default, A.to.dtype, A.to.device, A.expand.default, A.type_as.default,
     A.repeat.default}
)  # fmt: skip
NEUTRAL: dict[object, int] = {A.add.Tensor: 0, A.sub.Tensor: 0, A.mul.Tensor: 1, A.div.Tensor: 1}


def drop_identities(program: Program) -> Program:
    """Return a copy without operators that change neither number, shape nor type."""
    program = program.copy()
    for node in list(program.graph.nodes):
        if node.op == "call_function" and _is_identity(node):
            node.replace_all_uses_with(node.args[0])
            program.graph.erase_node(node)
    return finish(program)


def _is_identity(node: fx.Node) -> bool:
    source = node.args[0] if node.args else None
    if not isinstance(source, fx.Node):
        return False
    if node.target in ALWAYS:
        return True
    if node.target is A.dropout.default:
        return node.args[2] is False
    same = (
        isinstance(source.meta["val"], torch.Tensor)
        and isinstance(node.meta["val"], torch.Tensor)
        and shape(source) == shape(node)
        and source.meta["val"].dtype == node.meta["val"].dtype
    )
    if node.target in WHEN_NOTHING_CHANGES:
        return same
    if node.target in NEUTRAL:
        return same and not node.kwargs and _is_number(node.args[1], NEUTRAL[node.target])
    return False


def _is_number(value: object, number: int) -> bool:
    return isinstance(value, (int, float)) and value == number
