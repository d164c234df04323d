"""Write SiLU as the two operators TFLite has: silu(x) -> x * sigmoid(x), exactly."""

from __future__ import annotations

import torch

from edgeattn_converters.program import Program, call, finish, take_name

A = torch.ops.aten


def split_silu(program: Program) -> Program:
    """Return a copy without SiLU."""
    program = program.copy()
    graph = program.graph
    for silu in graph.find_nodes(op="call_function", target=A.silu.default):
        with graph.inserting_before(silu):
            gate = call(silu, A.sigmoid.default, silu.args[0])
            product = call(silu, A.mul.Tensor, silu.args[0], gate)
        take_name(product, silu)
        gate._rename(f"{product.name}_gate")
        silu.replace_all_uses_with(product)
    return finish(program)
