"""Write gated activations as the two operators engines have in int8, exactly.

silu(x) -> x * sigmoid(x); hardswish(x) -> x * hardsigmoid(x)

So the simulation rounds the gate where the engine does.
"""

from __future__ import annotations

import torch

from edgeattn_converters.operators import E
from edgeattn_converters.program import Program, call, finish, take_name

A = torch.ops.aten


def split_silu(program: Program) -> Program:
    """Return a copy without SiLU."""
    return _split(program, A.silu.default, A.sigmoid.default)


def split_hardswish(program: Program) -> Program:
    """Return a copy without Hardswish."""
    return _split(program, A.hardswish.default, A.hardsigmoid.default)


def split_coreless_gates(program: Program) -> Program:
    """Return a copy without either, unless attention cores are one operator each.

    A library that computes those has tables for the activations, whole.
    """
    if program.graph.find_nodes(
        op="call_function", target=E.multi_head_attention.default, sort=False
    ):
        return program
    return split_hardswish(split_silu(program))


def _split(
    program: Program, activation: torch._ops.OpOverload, gating: torch._ops.OpOverload
) -> Program:
    program = program.copy()
    graph = program.graph
    for node in graph.find_nodes(op="call_function", target=activation):
        with graph.inserting_before(node):
            gate = call(node, gating, node.args[0])
            product = call(node, A.mul.Tensor, node.args[0], gate)
        take_name(product, node)
        gate._rename(f"{product.name}_gate")
        node.replace_all_uses_with(product)
    return finish(program)
