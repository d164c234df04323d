"""Name the attention core as one operator of integers, which runs with and without its kernel.

    edgeattn::QLinearAttention         uint8 Q, K, V -> uint8
    edgeattn::QLinearAttentionToFloat  uint8 Q, K, V -> float

Both are functions of the model too: dequantise, attend in float, round. An engine that knows the
library edgeattn-kernels takes its kernel instead; every other one unfolds the function, so one file
runs everywhere.

Inputs, after the engine's own QLinear operators: q, its scale and zero-point, the same of k and v,
and of the result where it is uint8; then optionally a float bias that broadcasts to [batch, heads,
tokens, keys]. Tokens have their heads side by side, [batch, tokens, heads * head_width].
Attributes: num_heads; scale, which multiplies the scores before the softmax; and planes, 1 unless
given (weight_planes.py), of which the function knows nothing.

MultiHeadAttention takes no bias that repeats over tokens or keys, nor over heads in the engine's
1.19; so the function writes it out first. A function cannot ask whether it got a bias: where a
model has cores with and without one, its biases are written out before the call.
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
from edgeattn_converters.operators import E
from edgeattn_converters.program import PLANES, Program, call, shape

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
        inputs.append(tensor(node, 3) if _all_biased(program) else written_out(node))
    attributes: dict[str, object] = {
        "num_heads": number(node, 4),
        "scale": float(number(node, 5)),
    }
    if node.meta.get(PLANES, 1) != 1:
        attributes["planes"] = node.meta[PLANES]
    return onnx_node(
        program, f"{DOMAIN}::{TO_FLOAT if result is None else TO_INTEGERS}", inputs,
        like=result or node, dtype=torch.float32 if result is None else torch.uint8,
        attributes=attributes,
    )  # fmt: skip


def written_out(core: fx.Node) -> fx.Node:
    """Return a core's bias with a number for every head, token and key, inserting what it takes."""
    bias, heads = tensor(core, 3), int(number(core, 4))
    full = [shape(bias)[0], heads, shape(tensor(core, 0))[1], shape(tensor(core, 1))[1]]
    if list(shape(bias)) == full:
        return bias
    return call(core, torch.ops.aten.expand.default, bias, full)


def _all_biased(program: Program) -> bool:
    cores = program.graph.find_nodes(op="call_function", target=E.multi_head_attention.default)
    return all(core.args[3] is not None for core in cores)


def define_operators(model: onnx.ModelProto) -> None:
    """Add the functions that a model calls, each once."""
    names = {TO_INTEGERS, TO_FLOAT}
    nodes = [one for one in model.graph.node if one.domain == DOMAIN and one.op_type in names]
    for name in sorted({node.op_type for node in nodes}):
        most = len(_parameters(name))
        biased = all(len(node.input) > most for node in nodes if node.op_type == name)
        model.functions.append(definition(name, biased=biased))
    if nodes and MICROSOFT not in {opset.domain for opset in model.opset_import}:
        model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))


def definition(name: str, *, biased: bool = False) -> onnx.FunctionProto:
    """Return one of the two operators as a function of the engine's float operators.

    Args:
        name: TO_INTEGERS or TO_FLOAT.
        biased: Every call has a bias, which may then repeat over heads, tokens and keys.
    """
    result = "y" if name == TO_FLOAT else "real"
    nodes = [
        helper.make_node("DequantizeLinear", levelled(one), [f"{one}_real"]) for one in OPERANDS
    ]
    if biased:
        nodes += _written_out()
    attend = helper.make_node(
        "MultiHeadAttention",
        [*(f"{one}_real" for one in OPERANDS), "", "", "full_bias" if biased else "bias"],
        [result], domain=MICROSOFT,
    )  # fmt: skip
    attend.attribute.extend(_given())
    nodes.append(attend)
    if name == TO_INTEGERS:
        nodes.append(helper.make_node("QuantizeLinear", ["real", *levelled("y")[1:]], ["y"]))
    return helper.make_function(
        DOMAIN, name, [*_parameters(name), "bias"], ["y"], nodes,
        [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)],
        ["num_heads", "scale"], [helper.make_attribute("planes", 1)],
    )  # fmt: skip


def _written_out() -> list[onnx.NodeProto]:
    """Return what makes full_bias [batch or 1, heads, tokens, keys] of bias."""
    number = helper.make_node("Constant", [], ["number"])
    number.attribute.append(
        onnx.AttributeProto(
            name="value_int", type=onnx.AttributeProto.INT, ref_attr_name="num_heads"
        )
    )
    return [
        number,
        helper.make_node("Constant", [], ["first"], value_ints=[0]),
        helper.make_node("Unsqueeze", ["number", "first"], ["heads"]),
        helper.make_node("Shape", ["q"], ["tokens"], start=1, end=2),
        helper.make_node("Shape", ["k"], ["keys"], start=1, end=2),
        helper.make_node("Concat", ["heads", "tokens", "keys"], ["size"], axis=0),
        helper.make_node("Expand", ["bias", "size"], ["full_bias"]),
    ]


def _parameters(name: str) -> list[str]:
    """Return the names of what every call of an operator has."""
    levels = levelled("y")[1:] if name == TO_INTEGERS else []
    return [part for one in OPERANDS for part in levelled(one)] + levels


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
