"""Write Hardswish as a gate and a product: hardswish(x) -> x * hardsigmoid(x), exactly.

ONNX Runtime has integer operators for both (onnx/integer_elementwise.py), and so the simulation
rounds the gate where the engine does.
"""

from __future__ import annotations

import torch

from edgeattn_converters.program import Program, call, finish, take_name

A = torch.ops.aten


def split_hardswish(program: Program) -> Program:
    """Return a copy without Hardswish."""
    program = program.copy()
    graph = program.graph
    for hardswish in graph.find_nodes(op="call_function", target=A.hardswish.default):
        with graph.inserting_before(hardswish):
            gate = call(hardswish, A.hardsigmoid.default, hardswish.args[0])
            product = call(hardswish, A.mul.Tensor, hardswish.args[0], gate)
        take_name(product, hardswish)
        gate._rename(f"{product.name}_gate")
        hardswish.replace_all_uses_with(product)
    return finish(program)
