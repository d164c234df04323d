"""Name the integer operators: quantize(op(dequantize(x), ...)) -> QLinearOp(x, ...).

ONNX Runtime could find these patterns by itself, but not all of them: it keeps image layouts
channels first, forms no integer product for 3-D tokens and knows no integer attention. Naming
the operator fixes kernel and layout; scales stay what quantize.py chose.

Measured against the same Program as plain Q/DQ: docs/measurements/engine-forms.md.
"""

from __future__ import annotations

from torch import fx

from edgeattn_converters.onnx.fused_attention import fused_attention
from edgeattn_converters.onnx.fused_tables import GELU, HARDSWISH, SILU, looked_up
from edgeattn_converters.onnx.integer_elementwise import Builder, hardsigmoid, pairwise, sigmoid
from edgeattn_converters.onnx.integer_products import (
    convolution,
    gemm,
    linear,
    product,
    projection,
)
from edgeattn_converters.operands import tensor
from edgeattn_converters.operator_kind import ACTIVATIONS, HAS_WEIGHTS, kind
from edgeattn_converters.operators import E
from edgeattn_converters.placement import tail
from edgeattn_converters.program import RUNS_IN_INT8, STAYS_SIGNED, Program, finish, take_name
from edgeattn_converters.quantize import DEQUANTIZE, DEQUANTIZE_CHANNELS, QUANTIZE

PAIRS = ("add", "mul", "matmul")


def integer_operators(program: Program) -> Program:
    """Return a copy in which int8 operators carry the engine's own names."""
    program = program.copy()
    for node in list(program.graph.nodes):
        build = _BUILDERS.get(kind(node)) if node.op == "call_function" else None
        if build is None or not node.meta.get(RUNS_IN_INT8, True) or not _reads_integers(node):
            continue
        result = _result(node)
        anchor = node if result is None else result
        with program.graph.inserting_before(anchor):
            fused = build(program, node, result)
        if fused is None:
            continue
        take_name(fused, anchor)
        anchor.replace_all_uses_with(fused)
    return finish(program)


def _reads_integers(node: fx.Node) -> bool:
    """Tell whether what an operator multiplies or adds comes from integers."""
    operands = 2 if kind(node) in HAS_WEIGHTS or kind(node) in PAIRS else 1
    if kind(node) == "core":
        operands = ACTIVATIONS["core"]
    second = DEQUANTIZE_CHANNELS if kind(node) in HAS_WEIGHTS else DEQUANTIZE
    if tensor(node, 0).target is E.dynamic_int8.default:
        return tensor(node, 1).target is DEQUANTIZE_CHANNELS
    sources = [arg.target if isinstance(arg, fx.Node) else None for arg in node.args[:operands]]
    return sources == [DEQUANTIZE, *[second] * (operands - 1)]


def _result(node: fx.Node) -> fx.Node | None:
    """Return the quantize node that takes an operator's result (behind its ReLU), or None.

    Dynamic ranges have a float bias, which no kernel with an int8 result takes; kernels with
    unsigned activations have no signed result.
    """
    if tensor(node, 0).target is E.dynamic_int8.default:
        return None
    last = tail(node)
    users = list(last.users)
    if len(users) != 1 or users[0].target is not QUANTIZE or users[0].meta.get(STAYS_SIGNED):
        return None
    return users[0]


_BUILDERS: dict[str, Builder] = {
    "conv": convolution,
    "linear": linear,
    "gemm": gemm,
    "add": pairwise("QLinearAdd"),
    "mul": pairwise("QLinearMul"),
    "sigmoid": sigmoid,
    "hardsigmoid": hardsigmoid,
    "projection": projection,
    "matmul": product,
    "core": fused_attention,
    "gelu": looked_up(GELU),
    "hardswish": looked_up(HARDSWISH),
    "silu": looked_up(SILU),
}
