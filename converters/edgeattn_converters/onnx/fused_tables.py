"""Name functions of one number between integers: tables of 256 entries for edgeattn-kernels.

    edgeattn::QLinearGelu, edgeattn::QLinearHardSwish, edgeattn::QLinearSilu    uint8 x -> uint8

Inputs, as in the engine's own QLinearSigmoid: x, its scale and zero-point, scale and zero-point of
the result. All are functions of the model too, of the operators that a file without a fused core
has: GELU in float, the other two as a gate and a product in uint8. The gate is rounded there, the
table's entries are exact.
"""

from __future__ import annotations

import onnx
import torch
from onnx import TensorProto, helper
from torch import fx

from edgeattn_converters.onnx.integer_elementwise import Builder
from edgeattn_converters.onnx.integer_values import integer, levels
from edgeattn_converters.onnx.symbolic import MICROSOFT, OPSET, onnx_node
from edgeattn_converters.program import Program
from edgeattn_converters.scale import PROBABILITIES

DOMAIN = "edgeattn"
GELU, HARDSWISH, SILU = "QLinearGelu", "QLinearHardSwish", "QLinearSilu"
TABLES = (GELU, HARDSWISH, SILU)
X, Y = ["x", "x_scale", "x_zero_point"], ["y_scale", "y_zero_point"]


def looked_up(operator: str) -> Builder:
    """Return the function that names one of TABLES."""

    def build(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
        if result is None:
            return None
        inputs = (*integer(program, node, 0).inputs, *levels(program, result))
        return onnx_node(
            program, f"{DOMAIN}::{operator}", inputs, like=result, dtype=torch.uint8, attributes={}
        )

    return build


def definition(name: str) -> onnx.FunctionProto:
    """Return one of TABLES as a function of the engine's operators."""
    nodes = {GELU: _gelu, HARDSWISH: _hardswish, SILU: _silu}[name]()
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_function(DOMAIN, name, [*X, *Y], ["y"], nodes, opsets)


def _gelu() -> list[onnx.NodeProto]:
    return [
        helper.make_node("DequantizeLinear", X, ["x_real"]),
        helper.make_node("Gelu", ["x_real"], ["y_real"]),
        helper.make_node("QuantizeLinear", ["y_real", *Y], ["y"]),
    ]


def _hardswish() -> list[onnx.NodeProto]:
    """Clip x / 6 + 1/2 by a sum that saturates (integer_elementwise.hardsigmoid), times x."""
    return [
        _constant("six", 6.0),
        helper.make_node("Div", ["x_scale", "six"], ["sixth"]),
        _constant("one", 1, TensorProto.UINT8),
        _constant("half", 0.5),
        *_gate_levels(1 / 255),
        helper.make_node(
            "QLinearAdd",
            ["x", "sixth", "x_zero_point", "one", "half", "nothing", "gate_scale", "nothing"],
            ["gate"], domain=MICROSOFT,
        ),
        _product(),
    ]  # fmt: skip


def _silu() -> list[onnx.NodeProto]:
    return [
        *_gate_levels(PROBABILITIES.scale),
        helper.make_node(
            "QLinearSigmoid", [*X, "gate_scale", "nothing"], ["gate"], domain=MICROSOFT
        ),
        _product(),
    ]


def _gate_levels(scale: float) -> list[onnx.NodeProto]:
    return [_constant("gate_scale", scale), _constant("nothing", 0, TensorProto.UINT8)]


def _product() -> onnx.NodeProto:
    gate = ["gate", "gate_scale", "nothing"]
    return helper.make_node("QLinearMul", [*X, *gate, *Y], ["y"], domain=MICROSOFT)


def _constant(name: str, value: float, kind: int = TensorProto.FLOAT) -> onnx.NodeProto:
    return helper.make_node(
        "Constant", [], [name], value=helper.make_tensor(name, kind, [], [value])
    )
