"""Which values a file holds as int8, and which relus vanish into the operator before them.

The Program says it with quantize and dequantize nodes, and the file must give the same
numbers. So an operator runs in int8 only if

- every activation it reads is held as int8,
- everything that reads its result wants it quantised, and with one and the same scale,
- TFLite has an int8 kernel for it, with that scale, and
- placement did not decide otherwise (`meta["int8"]`): a softmax that stays float between two int8
  products has quantize and dequantize nodes on both sides, too.

Otherwise it runs in float, between DEQUANTIZE and QUANTIZE. Reshapes and the like move
integers as well as floats, so they are looked through in both directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.program import RUNS_IN_INT8, Program
from edgeattn_converters.tflite.builder import Affine
from edgeattn_converters.tflite.constants import affine_of, weight
from edgeattn_converters.tflite.dialect import (
    ATEN,
    CLAMPS,
    DEQUANTIZE,
    EDGE,
    FUSING,
    MATMULS,
    MOVES,
    PICKS,
    QUANTIZE,
    RELUS,
)
from edgeattn_converters.tflite.refusal import refuse

UNIT = Affine((1 / 256,), -128)  # [0, 1): what int8 SOFTMAX and LOGISTIC write
SIGNED_UNIT = Affine((1 / 128,), 0)  # [-1, 1): what int8 TANH writes


@dataclass(frozen=True)
class Plan:
    """What runs how.

    Attributes:
        int8: Nodes whose value is held as int8, and what the integers stand for.
        relus: Operator to the relu it takes in.
    """

    int8: dict[fx.Node, Affine]
    relus: dict[fx.Node, fx.Node]


def plan(program: Program) -> Plan:
    """Read off a Program what runs in int8; see the module docstring for the rule."""
    relus = _fused_relus(program)
    swallowed = {relu: operator for operator, relu in relus.items()}
    int8: dict[fx.Node, Affine] = {}
    for node in program.graph.nodes:
        if node.op != "call_function":
            continue
        affine: Affine | None = None
        if node.target is QUANTIZE:
            affine = affine_of(node)
        elif node.target is DEQUANTIZE:
            affine = _dequantized(node, int8)
        elif node in swallowed:
            affine = int8.get(swallowed[node])
        elif commutes(node):
            affine = int8.get(source(node))
        elif node.target is ATEN.cat.default and (shared := _shared(node, int8)) is not None:
            affine = shared
        elif node.target in INT8_KERNELS and node.meta.get(RUNS_IN_INT8, True):
            wanted = _wanted(relus.get(node, node))
            if wanted is not None and INT8_KERNELS[node.target](program, node, int8, wanted):
                affine = wanted
        if affine is not None:
            int8[node] = affine
    return Plan(int8, relus)


def commutes(node: fx.Node) -> bool:
    """Return whether quantising before `node` is the same as quantising after it."""
    if node.target in (ATEN.constant_pad_nd.default, ATEN.pad.default):
        given = arguments(node)
        return given.get("mode", "constant") == "constant" and not given["value"]
    return node.target in MOVES or node.target in PICKS


def relu_limit(node: fx.Node) -> float | None:
    """Return the upper end of a relu (6 or infinity), or None for anything else."""
    if node.target in RELUS:
        return float("inf")
    if node.target in CLAMPS:
        given = arguments(node)
        if (given.get("min_val", 0), given.get("max_val", 6)) == (0, 6):
            return 6.0
    return None


def _fused_relus(program: Program) -> dict[fx.Node, fx.Node]:
    relus = {}
    for node in program.graph.nodes:
        if node.target in FUSING and len(node.users) == 1:
            (user,) = node.users
            if relu_limit(user) is not None:
                relus[node] = user
    return relus


def _dequantized(node: fx.Node, int8: dict[fx.Node, Affine]) -> Affine:
    affine = affine_of(node)
    written = int8.get(source(node), affine)
    if written != affine:
        refuse(
            node,
            f"reads scale {affine.scale:.6g}, zero-point {affine.zero_point}, but its input was "
            f"written with scale {written.scale:.6g}, zero-point {written.zero_point}",
            "give a quantize node and its dequantize nodes the same numbers",
        )
    return affine


def _wanted(node: fx.Node) -> Affine | None:
    """Return the scale that every reader of a float value quantises it with, if there is one."""
    wanted: set[Affine | None] = set()
    for user in node.users:
        if user.target is QUANTIZE:
            wanted.add(affine_of(user))
        elif user.op == "call_function" and (commutes(user) or user.target is ATEN.cat.default):
            wanted.add(_wanted(user))
        else:
            return None
    return wanted.pop() if len(wanted) == 1 else None


def _shared(node: fx.Node, int8: dict[fx.Node, Affine]) -> Affine | None:
    """Return the scale that all parts of a concatenation have, if there is one."""
    affines = {int8.get(part) for part in arguments(node)["tensors"]}
    return affines.pop() if len(affines) == 1 else None


Int8 = dict[fx.Node, Affine]
Kernel = Callable[[Program, fx.Node, Int8, Affine], bool]


def _weighted(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    given = arguments(node)
    stored = weight(program, given["weight"])
    bias = given["bias"]
    return (
        source(node) in int8
        and stored is not None
        and stored.affine is not None
        and stored.affine.zero_point == 0
        and stored.affine.axis == 0
        and (bias is None or bias.op == "get_attr")
    )


def _matmul(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    left, right = node.args[:2]
    if left not in int8 or right not in int8:
        return False
    assert isinstance(right, fx.Node)
    if int8[right].zero_point != 0:
        refuse(
            node,
            f"has a right operand with zero-point {int8[right].zero_point}, which XNNPACK leaves "
            "to a kernel ten times slower than float",
            "quantise keys and values symmetrically (zero-point 0)",
        )
    return True


def _attention(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    return all(operand in int8 for operand in node.args[:3])


def _binary(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    operands = [arg for arg in node.args[:2] if isinstance(arg, fx.Node)]
    return all(operand in int8 for operand in operands) and arguments(node).get("alpha", 1) == 1


def _division(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    return source(node) in int8 and not isinstance(node.args[1], fx.Node)


def _unary(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    return source(node) in int8


def _same_scale(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    return int8.get(source(node)) == wanted


def _same_scales(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    return all(isinstance(arg, fx.Node) and int8.get(arg) == wanted for arg in node.args[:2])


def _unit(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    return source(node) in int8 and wanted == UNIT


def _signed_unit(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    return source(node) in int8 and wanted == SIGNED_UNIT


def _all(program: Program, node: fx.Node, int8: Int8, wanted: Affine) -> bool:
    return all(part in int8 for part in arguments(node)["tensors"])


# GELU and HARD_SWISH are missing on purpose. XNNPACK has no int8 kernel for them, but it turns
# DEQUANTIZE, one unary operator, QUANTIZE into a table of 256 entries: 0.4 of the time of float
# GELU, where TFLite's own int8 kernels take 1.1 (GELU) and 35 (HARD_SWISH) times that of float
# (ai-edge-litert 2.3.0, x86-64 with VNNI, 256 x 256 numbers, one thread).
INT8_KERNELS: dict[object, Kernel] = {
    EDGE.conv2d_nhwc.default: _weighted,
    ATEN.linear.default: _weighted,
    **dict.fromkeys(MATMULS, _matmul),
    EDGE.multi_head_attention.default: _attention,
    ATEN.add.Tensor: _binary,
    ATEN.sub.Tensor: _binary,
    ATEN.mul.Tensor: _binary,
    ATEN.div.Tensor: _division,
    ATEN.mean.dim: _unary,
    **dict.fromkeys(RELUS, _unary),
    **dict.fromkeys(CLAMPS, _unary),
    ATEN.softmax.int: _unit,
    ATEN._softmax.default: _unit,
    ATEN.sigmoid.default: _unit,
    ATEN.tanh.default: _signed_unit,
    ATEN.cat.default: _all,
    EDGE.avg_pool2d_nhwc.default: _same_scale,
    ATEN.maximum.default: _same_scales,
    ATEN.minimum.default: _same_scales,
}
