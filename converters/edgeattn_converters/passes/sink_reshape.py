"""Keep tokens in one shape: linear(reshape(x)) -> reshape(linear(x)).

nn.MultiheadAttention turns [batch, tokens, width] into [tokens, batch, width] and 2-D and back.
A Linear works on the last axis whatever lies before it, so the reshape can wait; behind the
Linear it meets its inverse and both go.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import source
from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.program import Program, call, finish, shape, take_name

A = torch.ops.aten


def sink_reshape(program: Program) -> Program:
    """Return a copy in which reshapes of tokens come after the Linears, not before."""
    program = program.copy()
    graph = program.graph
    for linear in graph.find_nodes(op="call_function", target=A.linear.default):
        tokens = _tokens(linear.args[0])
        if tokens is None:
            continue
        with graph.inserting_before(linear):
            sooner = call(linear, A.linear.default, tokens, *linear.args[1:])
            later = call(linear, A.reshape.default, sooner, list(shape(linear)))
        take_name(sooner, linear)
        linear.replace_all_uses_with(later)
    return collapse_layout(finish(program))


def _tokens(node: object) -> fx.Node | None:
    """Return [batch, tokens, width] behind a reshape that keeps the width.

    A single token, [batch, 1, width], is a head's input and better off as [batch, width].
    """
    if not isinstance(node, fx.Node) or node.target is not A.reshape.default:
        return None
    before = shape(source(node))
    is_tokens = len(before) == 3 and before[1] > 1 and before[2] == shape(node)[-1]
    return source(node) if is_tokens else None
