"""Name a LayerNorm with the rounding behind it, where a file has a fused core anyway.

    edgeattn::QLinearLayerNormalization     uint8 x, x_scale, x_zero_point -> uint8
    edgeattn::LayerNormalizationToIntegers  float x -> uint8

Further inputs: scale and zero-point of the result, gamma and beta [width]. Attribute: epsilon. The
statistics are float in both, and both are functions of the model too: dequantise,
LayerNormalization, quantise, to the same numbers but for float rounding.

beta is given even where it is zeros: ONNX Runtime 1.31 dies of an inner LayerNormalization whose
third input is a parameter that the call left out.
"""

from __future__ import annotations

import onnx
import torch
from onnx import helper
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.onnx.integer_values import integer, levels
from edgeattn_converters.onnx.symbolic import OPSET, onnx_node
from edgeattn_converters.operands import tensor
from edgeattn_converters.program import Program, add_constant, finish, shape, take_name
from edgeattn_converters.quantize import DEQUANTIZE, QUANTIZE

DOMAIN = "edgeattn"
FROM_INTEGERS, FROM_FLOAT = "QLinearLayerNormalization", "LayerNormalizationToIntegers"
NORMS = (FROM_INTEGERS, FROM_FLOAT)


def fused_norms(program: Program) -> Program:
    """Return a copy of a program with fused cores whose LayerNorms write integers."""
    if not any(_is_fused(node) for node in program.graph.nodes):
        return program
    program = program.copy()
    for norm in program.graph.find_nodes(
        op="call_function", target=torch.ops.aten.layer_norm.default
    ):
        users = list(norm.users)
        last_axis = list(arguments(norm)["normalized_shape"]) == [shape(norm)[-1]]
        if len(users) != 1 or users[0].target is not QUANTIZE or not last_axis:
            continue
        if users[0].args[5] is not torch.uint8:
            continue
        with program.graph.inserting_before(users[0]):
            fused = _fused(program, norm, users[0])
        take_name(fused, users[0])
        users[0].replace_all_uses_with(fused)
    return finish(program)


def _is_fused(node: fx.Node) -> bool:
    return node.target is torch.onnx.ops.symbolic and str(node.args[0]).startswith(
        f"{DOMAIN}::QLinearAttention"
    )


def _fused(program: Program, norm: fx.Node, result: fx.Node) -> fx.Node:
    x, given = tensor(norm, 0), arguments(norm)
    whole = x.target is DEQUANTIZE and x.args[5] is torch.uint8
    inputs = [*(integer(program, norm, 0).inputs if whole else (x,)), *levels(program, result)]
    for name, neutral in (("weight", torch.ones), ("bias", torch.zeros)):
        affine = given[name]
        if affine is None:
            affine = add_constant(program, f"{norm.name}_{name}", neutral(shape(norm)[-1]))
        inputs.append(affine)
    return onnx_node(
        program, f"{DOMAIN}::{FROM_INTEGERS if whole else FROM_FLOAT}", inputs, like=result,
        dtype=torch.uint8, attributes={"epsilon": float(given["eps"])},
    )  # fmt: skip


def definition(name: str) -> onnx.FunctionProto:
    """Return one of NORMS as a function of standard operators."""
    x = ["x", "x_scale", "x_zero_point"] if name == FROM_INTEGERS else ["x"]
    real = "x_real" if name == FROM_INTEGERS else "x"
    norm = helper.make_node("LayerNormalization", [real, "gamma", "beta"], ["y_real"], axis=-1)
    norm.attribute.append(
        onnx.AttributeProto(name="epsilon", type=onnx.AttributeProto.FLOAT, ref_attr_name="epsilon")
    )
    nodes = [norm, helper.make_node("QuantizeLinear", ["y_real", "y_scale", "y_zero_point"], ["y"])]
    if name == FROM_INTEGERS:
        nodes.insert(0, helper.make_node("DequantizeLinear", x, [real]))
    return helper.make_function(
        DOMAIN, name, [*x, "y_scale", "y_zero_point", "gamma", "beta"], ["y"], nodes,
        [helper.make_opsetid("", OPSET)], ["epsilon"],
    )  # fmt: skip
