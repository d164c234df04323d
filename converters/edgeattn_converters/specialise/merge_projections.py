"""Compute Q, K and V in one Linear: linear(x, Wq), linear(x, Wk) -> slices of linear(x, [Wq; Wk]).

The opposite of split_projections: x is read once and one kernel has more rows to share out, but
each part is a slice that some engines copy, all parts share one scale, and no zero-point is left
to choose for K and V. Exact but for float rounding.

Parts keep their names, and with them their ranges; the whole is a tensor that calibration has to
see. For an int8 file it therefore stands before calibration, for a float file anywhere.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import source
from edgeattn_converters.passes.channel_walk import is_projection, parameters
from edgeattn_converters.program import (
    Program,
    add_constant,
    call,
    finish,
    shape,
    take_name,
)  # fmt: skip

A = torch.ops.aten


def merge_projections(program: Program) -> Program:
    """Return a copy in which Linears that read the same tensor are one, cut by channels."""
    program = program.copy()
    readers: dict[fx.Node, list[fx.Node]] = {}
    for linear in program.graph.find_nodes(op="call_function", target=A.linear.default):
        if is_projection(linear):
            readers.setdefault(source(linear), []).append(linear)
    for tokens, linears in readers.items():
        if len(linears) > 1:
            _merge(program, tokens, linears)
    return finish(program)


def _merge(program: Program, tokens: fx.Node, linears: list[fx.Node]) -> None:
    first = linears[0]
    weights, biases = zip(*(parameters(program, linear) for linear in linears), strict=True)
    with program.graph.inserting_before(first):
        whole = call(
            first,
            A.linear.default,
            tokens,
            add_constant(program, f"{first.name}_merged_weight", torch.cat(weights)),
            add_constant(program, f"{first.name}_merged_bias", torch.cat(biases)),
        )
        whole._rename(f"{first.name}_merged")
        axis, start = len(shape(whole)) - 1, 0
        for linear in linears:
            end = start + shape(linear)[-1]
            part = call(linear, A.slice.Tensor, whole, axis, start, end)
            take_name(part, linear)
            linear.replace_all_uses_with(part)
            start = end
