"""Give Q, K and V a Linear each: slice(linear(x, W), channels) -> linear(x, W[channels]).

Three matrices cost the multiplications of one, need no slicing of the result, carry a
quantisation scale each, and let the zero-point of K and V be 0, which XNNPACK asks of the
right operand of a batched matrix product.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.passes.channel_walk import is_projection
from edgeattn_converters.program import (
    Program,
    add_constant,
    call,
    constant,
    finish,
    is_constant,
    shape,
)  # fmt: skip

A = torch.ops.aten


def split_projections(program: Program) -> Program:
    """Return a copy in which no Linear is computed whole and then cut by channels."""
    program = program.copy()
    graph = program.graph
    for linear in graph.find_nodes(op="call_function", target=A.linear.default):
        cuts = _cuts(linear)
        if cuts is None:
            continue
        weight, bias = (
            constant(program, arg) if is_constant(arg) else None
            for arg in (arguments(linear)["weight"], arguments(linear)["bias"])
        )
        assert weight is not None
        parts: dict[tuple[int, int], fx.Node] = {}  # keys that are read twice are computed once
        for cut, (start, end) in sorted(cuts.items()):
            if (start, end) not in parts:
                with graph.inserting_before(cut):
                    name = f"{linear.name}_{start}_{end}"
                    given = [add_constant(program, f"{name}_weight", weight[start:end])]
                    if bias is not None:
                        given.append(add_constant(program, f"{name}_bias", bias[start:end]))
                    part = call(linear, A.linear.default, linear.args[0], *given)
                part._rename(_part_name(linear, start, end, len(set(cuts.values()))))
                parts[start, end] = part
            cut.replace_all_uses_with(parts[start, end])
    return finish(program)


def _cuts(linear: fx.Node) -> dict[fx.Node, tuple[int, int]] | None:
    """Return the channels each user takes, or None where a user takes something else."""
    if not linear.users or not is_projection(linear):
        return None
    cuts = {}
    for user in linear.users:
        if user.target is not A.slice.Tensor:
            return None
        given, width = arguments(user), shape(linear)[-1]
        if given["dim"] % len(shape(linear)) != len(shape(linear)) - 1 or given["step"] != 1:
            return None
        start, end, _ = slice(given["start"], given["end"]).indices(width)
        cuts[user] = start, end
    return cuts


def _part_name(linear: fx.Node, start: int, end: int, parts: int) -> str:
    """Name the thirds of a QKV projection for what they are."""
    width = shape(linear)[-1]
    if parts == 3 and end - start == width // 3 and start % (width // 3) == 0:
        return f"{linear.name}_{('query', 'key', 'value')[start // (width // 3)]}"
    return f"{linear.name}_channels_{start}"
