"""Write a Linear with grouped int8 weights as one operator: com.microsoft.MatMulNBits.

    linear(x, dequantize_groups(W), b) -> MatMulNBits(x, W + 128) + b

Its kernels multiply with the integers as they read them. A DequantizeLinear before a MatMul runs as
a kernel of its own instead, at every inference (docs/measurements/gpu-forms.md). Weights are
unsigned there, with 128 for zero: the operator's default.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.onnx.symbolic import MICROSOFT, onnx_node
from edgeattn_converters.operands import number, stored, tensor
from edgeattn_converters.program import Program, add_constant, call, finish, shape, take_name
from edgeattn_converters.weights_only import DEQUANTIZE_GROUPS

A = torch.ops.aten
ZERO = 128


def weight_groups(program: Program) -> Program:
    """Return a copy in which Linears with grouped weights are MatMulNBits."""
    program = program.copy()
    for linear in program.graph.find_nodes(op="call_function", target=A.linear.default):
        if tensor(linear, 1).target is DEQUANTIZE_GROUPS:
            _as_one(program, linear)
    return finish(program)


def _as_one(program: Program, linear: fx.Node) -> None:
    real = tensor(linear, 1)
    integers, scales = stored(program, real, 0), stored(program, real, 1)
    group = int(number(real, 6))
    unsigned = (integers.to(torch.int16) + ZERO).to(torch.uint8)
    outputs, inputs = shape(real)
    with program.graph.inserting_before(linear):
        operands = (
            tensor(linear, 0),
            add_constant(
                program, f"{linear.name}_weight_uint8",
                unsigned.reshape(outputs, inputs // group, group),
            ),
            add_constant(program, f"{linear.name}_weight_steps", scales.contiguous()),
        )  # fmt: skip
        product = onnx_node(
            program, f"{MICROSOFT}::MatMulNBits", operands, like=linear, dtype=torch.float32,
            attributes={"K": inputs, "N": outputs, "bits": 8, "block_size": group},
        )  # fmt: skip
        product.meta["val"] = linear.meta["val"]
        result = call(linear, A.add.Tensor, product, linear.args[2])
    take_name(result, linear)
    linear.replace_all_uses_with(result)
