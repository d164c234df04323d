"""Give Q, K and V a Linear each: slice(linear(x, W), channels) -> linear(x, W[channels]).

Three matrices cost the multiplications of one, need no slicing of the result, carry a
quantisation scale each, and let the zero-point of K and V be 0, which XNNPACK asks of the
right operand of a batched matrix product.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.program import Program, add_constant, constant, finish, shape

A = torch.ops.aten


def split_projections(program: Program) -> Program:
    """Return a copy in which no Linear is computed whole and then cut by channels."""
    program = program.copy()
    graph = program.graph
    for linear in graph.find_nodes(op="call_function", target=A.linear.default):
        cuts = _cuts(linear)
        if cuts is None:
            continue
        weight = constant(program, linear.args[1])
        bias = constant(program, linear.args[2]) if _bias(linear) is not None else None
        for cut, (start, end) in cuts.items():
            with graph.inserting_before(cut):
                name = f"{linear.name}_{start}_{end}"
                parts = [add_constant(program, f"{name}_weight", weight[start:end])]
                if bias is not None:
                    parts.append(add_constant(program, f"{name}_bias", bias[start:end]))
                part = graph.call_function(A.linear.default, (linear.args[0], *parts))
            part.meta["layer"] = linear.meta["layer"]
            part._rename(_part_name(linear, start, end, len(cuts)))
            cut.replace_all_uses_with(part)
    return finish(program)


def _cuts(linear: fx.Node) -> dict[fx.Node, tuple[int, int]] | None:
    """Return the channels each user takes, or None where a user takes something else."""
    weight = linear.args[1]
    if not linear.users or not isinstance(weight, fx.Node) or weight.op != "get_attr":
        return None
    if _bias(linear) is not None and _bias(linear).op != "get_attr":  # type: ignore[union-attr]
        return None
    cuts = {}
    last = len(shape(linear)) - 1
    for user in linear.users:
        if user.target is not A.slice.Tensor or len(user.args) != 4 or user.args[1] != last:
            return None
        cuts[user] = (int(user.args[2]), int(user.args[3]))  # type: ignore[call-overload]
    return cuts


def _bias(linear: fx.Node) -> fx.Node | None:
    return linear.args[2] if len(linear.args) > 2 else None  # type: ignore[return-value]


def _part_name(linear: fx.Node, start: int, end: int, parts: int) -> str:
    """Name the thirds of a QKV projection for what they are."""
    width = shape(linear)[-1]
    if parts == 3 and end - start == width // 3 and start % (width // 3) == 0:
        return f"{linear.name}_{('query', 'key', 'value')[start // (width // 3)]}"
    return f"{linear.name}_channels_{start}"
