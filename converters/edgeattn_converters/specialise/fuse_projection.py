"""Join Q, K, V with their attention: attention(x Wq, x Wk, x Wv) -> projected_attention(x, W).

W holds the rows of Wq, Wk, Wv. com.microsoft.QAttention multiplies in int8 and hands float scores
straight to its softmax: the projections' results are never quantised and dequantised. Measured
against QLinearConv with MultiHeadAttention: 1.07-1.19x for a whole block of 64 to 256 tokens
(docs/measurements/engine-forms.md).
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import source
from edgeattn_converters.operators import E
from edgeattn_converters.passes.channel_walk import is_projection, parameters
from edgeattn_converters.program import Program, add_constant, call, finish, shape, take_name

A = torch.ops.aten


def fuse_projection(program: Program) -> Program:
    """Return a copy in which self-attention and its projections are one operator."""
    program = program.copy()
    for core in program.graph.find_nodes(op="call_function", target=E.multi_head_attention.default):
        linears = _projections(core)
        if linears is None:
            continue
        weights, biases = zip(*(parameters(program, linear) for linear in linears), strict=True)
        with program.graph.inserting_before(core):
            fused = call(
                core,
                E.projected_attention.default,
                source(linears[0]),
                add_constant(program, f"{core.name}_projection_weight", torch.cat(weights)),
                add_constant(program, f"{core.name}_projection_bias", torch.cat(biases)),
                *core.args[4:],
            )
        take_name(fused, core)
        core.replace_all_uses_with(fused)
    return finish(program)


def _projections(core: fx.Node) -> list[fx.Node] | None:
    """Return the three Linears of one input behind a core without bias, or None."""
    if core.args[3] is not None:
        return None
    linears = [
        node
        for node in core.args[:3]
        if is_projection(node) and node.target is A.linear.default and len(node.users) == 1
    ]
    if len(linears) != 3:
        return None
    sources = {source(linear) for linear in linears}
    widths = {shape(linear)[-1] for linear in linears}
    if len(sources) != 1 or len(widths) != 1 or len(shape(source(linears[0]))) != 3:
        return None
    return linears
