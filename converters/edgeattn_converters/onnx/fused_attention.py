"""Name the attention core as one operator of integers, which runs with and without its kernel.

    edgeattn::QLinearAttention         uint8 Q, K, V -> uint8
    edgeattn::QLinearAttentionToFloat  uint8 Q, K, V -> float

Both are functions of the model too: dequantise, attend in float, round. An engine that knows the
library edgeattn-kernels takes its kernel instead; every other one unfolds the function, so one file
runs everywhere.

Inputs, after the engine's own QLinear operators: q, its scale and zero-point, the same of k and v,
and of the result where it is uint8; then optionally a bias [batch or 1, heads or 1, tokens, keys],
float. Tokens have their heads side by side, [batch, tokens, heads * head_width]. Attributes:
num_heads, and scale, which multiplies the scores before the softmax.
"""

from __future__ import annotations

from collections.abc import Iterator

import onnx
import torch
from onnx import helper
from torch import fx

from edgeattn_converters.onnx.integer_values import integer, levels
from edgeattn_converters.onnx.symbolic import MICROSOFT, OPSET, onnx_node
from edgeattn_converters.operands import number, tensor
from edgeattn_converters.program import Program

DOMAIN = "edgeattn"
TO_INTEGERS, TO_FLOAT = "QLinearAttention", "QLinearAttentionToFloat"
OPERANDS = ("q", "k", "v")


def fused_attention(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node:
    """Name a core whose queries, keys and values are integers."""
    inputs: list[fx.Node | None] = []
    for place in range(len(OPERANDS)):
        inputs += integer(program, node, place).inputs
    if result is not None:
        inputs += levels(program, result)
    if node.args[3] is not None:
        inputs.append(tensor(node, 3))
    return onnx_node(
        program, f"{DOMAIN}::{TO_FLOAT if result is None else TO_INTEGERS}", inputs,
        like=result or node, dtype=torch.float32 if result is None else torch.uint8,
        attributes={"num_heads": number(node, 4), "scale": float(number(node, 5))},
    )  # fmt: skip


def define_operators(model: onnx.ModelProto) -> None:
    """Add the functions that a model calls, each once."""
    called = {node.op_type for node in model.graph.node if node.domain == DOMAIN}
    for name in sorted(called):
        model.functions.append(definition(name))
    if called and MICROSOFT not in {opset.domain for opset in model.opset_import}:
        model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))


def definition(name: str) -> onnx.FunctionProto:
    """Return one of the two operators as a function of the engine's float operators."""
    inputs = [part for one in OPERANDS for part in levelled(one)]
    result = "y" if name == TO_FLOAT else "real"
    nodes = [
        helper.make_node("DequantizeLinear", levelled(one), [f"{one}_real"]) for one in OPERANDS
    ]
    attend = helper.make_node(
        "MultiHeadAttention", [*(f"{one}_real" for one in OPERANDS), "", "", "bias"], [result],
        domain=MICROSOFT,
    )  # fmt: skip
    attend.attribute.extend(_given())
    nodes.append(attend)
    if name == TO_INTEGERS:
        inputs += levelled("y")[1:]
        nodes.append(helper.make_node("QuantizeLinear", ["real", *levelled("y")[1:]], ["y"]))
    return helper.make_function(
        DOMAIN, name, [*inputs, "bias"], ["y"], nodes,
        [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)],
        ["num_heads", "scale"],
    )  # fmt: skip


def levelled(name: str) -> list[str]:
    """Return the names of a quantised tensor, its scale and its zero-point."""
    return [name, f"{name}_scale", f"{name}_zero_point"]


def _given() -> Iterator[onnx.AttributeProto]:
    """Yield the function's attributes, as the node inside refers to them."""
    for name, kind in (
        ("num_heads", onnx.AttributeProto.INT),
        ("scale", onnx.AttributeProto.FLOAT),
    ):
        yield onnx.AttributeProto(name=name, type=kind, ref_attr_name=name)
