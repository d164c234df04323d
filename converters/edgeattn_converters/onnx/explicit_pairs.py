"""Write quantisation as engines with their own fusions read it: QuantizeLinear, DequantizeLinear.

    quantize, dequantize -> the standard operators, per tensor
    int8 weight          -> DequantizeLinear, one scale per output channel
    linear(x, W, b)      -> matmul(x, W') + b, with W' stored [in, out]

TensorRT fuses a pair into the product only where the DequantizeLinear feeds it directly, so no
transpose may stand between: weights are stored as the product reads them. Weights are int8 in
the file (TensorRT 10 and later read them so, "pre-quantized weights"), biases stay float.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.onnx.symbolic import OPSET, onnx_node, scalar
from edgeattn_converters.operands import number, stored, tensor
from edgeattn_converters.program import Program, add_constant, call, finish, take_name
from edgeattn_converters.quantize import DEQUANTIZE, DEQUANTIZE_CHANNELS, QUANTIZE

A = torch.ops.aten


def explicit_pairs(program: Program) -> Program:
    """Return a copy whose quantisation is spelled in standard ONNX operators."""
    program = program.copy()
    graph = program.graph
    for linear in graph.find_nodes(op="call_function", target=A.linear.default):
        if tensor(linear, 1).target is DEQUANTIZE_CHANNELS:
            _as_product(program, linear)
    for node in list(graph.nodes):
        if node.target in (QUANTIZE, DEQUANTIZE):
            replacement = _per_tensor(program, node)
        elif node.target is DEQUANTIZE_CHANNELS:
            replacement = _per_channel(program, node)
        else:
            continue
        take_name(replacement, node)
        node.replace_all_uses_with(replacement)
    return finish(program)


def _as_product(program: Program, linear: fx.Node) -> None:
    """Replace a Linear by the product with its weight stored [in, out], plus its bias."""
    real = tensor(linear, 1)
    integers = stored(program, real, 0)
    with program.graph.inserting_before(linear):
        turned = add_constant(program, f"{linear.name}_weight_int8", integers.T.contiguous())
        weight = call(real, DEQUANTIZE_CHANNELS, turned, *real.args[1:3], 1, *real.args[4:])
        product = call(linear, A.matmul.default, linear.args[0], weight)
        result = call(linear, A.add.Tensor, product, linear.args[2])
    take_name(result, linear)
    linear.replace_all_uses_with(result)
    program.graph.erase_node(linear)


def _per_tensor(program: Program, node: fx.Node) -> fx.Node:
    dtype = node.args[5]
    assert isinstance(dtype, torch.dtype), node
    is_quantize = node.target is QUANTIZE
    with program.graph.inserting_before(node):
        return onnx_node(
            program,
            "QuantizeLinear" if is_quantize else "DequantizeLinear",
            (
                tensor(node, 0),
                scalar(program, number(node, 1), torch.float32),
                scalar(program, number(node, 2), dtype),
            ),
            like=node, dtype=dtype if is_quantize else torch.float32, attributes={}, version=OPSET,
        )  # fmt: skip


def _per_channel(program: Program, node: fx.Node) -> fx.Node:
    integers, scales = stored(program, node, 0), stored(program, node, 1)
    with program.graph.inserting_before(node):
        zeros = torch.zeros(len(scales), dtype=integers.dtype)
        return onnx_node(
            program, "DequantizeLinear",
            (tensor(node, 0), tensor(node, 1), add_constant(program, f"{node.name}_zero", zeros)),
            like=node, dtype=torch.float32, attributes={"axis": number(node, 3)},
            version=OPSET,
        )  # fmt: skip
