"""Name the integer operators: quantize(op(dequantize(x), ...)) -> QLinearOp(x, ...).

ONNX Runtime could find these patterns by itself, but not all of them: it keeps image layouts
channels first, forms no integer product for 3-D tokens and knows no integer attention. Naming
the operator fixes kernel and layout; scales stay what quantize.py chose.

Measured against the same Program as plain Q/DQ: docs/measurements/engine-forms.md.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import fx

from edgeattn_converters.onnx.symbolic import MICROSOFT, OPSET, onnx_node, scalar
from edgeattn_converters.operands import number, numbers, stored, tensor
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.operators import E
from edgeattn_converters.placement import tail
from edgeattn_converters.program import (
    RUNS_IN_INT8,
    Program,
    add_constant,
    finish,
    shape,
    take_name,
)
from edgeattn_converters.quantize import DEQUANTIZE, DEQUANTIZE_CHANNELS, QUANTIZE


Builder = Callable[[Program, fx.Node, fx.Node | None], fx.Node | None]


@dataclass(frozen=True)
class Integer:
    """A quantised activation: its integer node and its scale and zero-point as nodes."""

    node: fx.Node
    scale: fx.Node
    zero_point: fx.Node
    step: float

    @property
    def inputs(self) -> tuple[fx.Node, fx.Node, fx.Node]:
        """The three inputs that every integer operator takes per operand."""
        return self.node, self.scale, self.zero_point


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
    operands = 2 if kind(node) in HAS_WEIGHTS or kind(node) in ("add", "mul") else 1
    second = DEQUANTIZE_CHANNELS if kind(node) in HAS_WEIGHTS else DEQUANTIZE
    if tensor(node, 0).target is E.dynamic_int8.default:
        return tensor(node, 1).target is DEQUANTIZE_CHANNELS
    sources = [arg.target if isinstance(arg, fx.Node) else None for arg in node.args[:operands]]
    return sources == [DEQUANTIZE, second][:operands]


def _result(node: fx.Node) -> fx.Node | None:
    """Return the quantize node that takes an operator's result (behind its ReLU), or None."""
    last = tail(node)
    users = list(last.users)
    return users[0] if len(users) == 1 and users[0].target is QUANTIZE else None


def _integer(program: Program, node: fx.Node, place: int) -> Integer:
    """Return the quantised activation at one place of an operator's arguments."""
    real = tensor(node, place)
    if real.target is E.dynamic_int8.default:
        return _dynamic(program, real)
    return Integer(tensor(real, 0), *_levels(program, real), number(real, 1))


def _dynamic(program: Program, node: fx.Node) -> Integer:
    """Return an activation whose scale is found as the model runs."""
    activation = tensor(node, 0)
    parts = [user for user in activation.users if "dynamic_parts" in user.meta]
    if not parts:
        with program.graph.inserting_after(activation):
            together = program.graph.call_function(
                torch.onnx.ops.symbolic_multi_out,
                ("DynamicQuantizeLinear", (activation,), {}),
                {
                    "dtypes": (torch.uint8, torch.float32, torch.uint8),
                    "shapes": (shape(node), (), ()),
                    "version": OPSET,
                },
            )
        together.meta.update(layer=node.meta.get("layer", ""), dynamic_parts=True)
        parts = [together]
    apart = [user for user in parts[0].users if user.target is operator.getitem]
    if not apart:
        with program.graph.inserting_after(parts[0]):
            apart = [
                program.graph.call_function(operator.getitem, (parts[0], place))
                for place in range(3)
            ]
        for one in apart:
            one.meta["layer"] = node.meta.get("layer", "")
    integers, scale, zero = sorted(apart, key=lambda one: one.args[1])
    return Integer(integers, scale, zero, 0.0)


def _levels(program: Program, node: fx.Node) -> tuple[fx.Node, fx.Node]:
    """Return scale and zero-point of a quantize or dequantize node as constants."""
    return (
        scalar(program, number(node, 1), torch.float32),
        scalar(program, number(node, 2), torch.uint8),
    )


@dataclass(frozen=True)
class _Weight:
    integers: torch.Tensor  # int8 [out, ...]
    scales: torch.Tensor  # float32 [out]

    def inputs(self, program: Program, name: str, integers: torch.Tensor) -> tuple[fx.Node, ...]:
        zeros = torch.zeros(len(self.scales), dtype=torch.int8)
        return (
            add_constant(program, f"{name}_weight", integers.contiguous()),
            add_constant(program, f"{name}_weight_scale", self.scales),
            add_constant(program, f"{name}_weight_zero", zeros),
        )


def _weight(program: Program, node: fx.Node) -> _Weight:
    real = tensor(node, 1)
    return _Weight(stored(program, real, 0), stored(program, real, 1))


def _bias(program: Program, node: fx.Node, weight: _Weight, step: float) -> fx.Node:
    """Return the bias as int32, in steps of the accumulator."""
    bias = stored(program, node, 2)
    steps = (bias.double() / (weight.scales.double() * step)).round().to(torch.int32)
    return add_constant(program, f"{node.name}_bias_int32", steps)


def _convolution(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    if result is None:
        return None
    top, bottom, left, right = numbers(node, 4)
    weight = _weight(program, node)
    oihw = weight.integers.permute(0, 3, 1, 2)
    attributes = {
        "channels_last": 1,
        "strides": numbers(node, 3),
        "pads": [top, left, bottom, right],
        "dilations": numbers(node, 5),
        "group": number(node, 6),
        "kernel_shape": list(oihw.shape[2:]),
    }
    x = _integer(program, node, 0)
    return _qlinear_conv(program, node, x, result, weight, oihw, attributes)


def _linear(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """Tokens as a one-dimensional image: a 1x1 convolution, channels last.

    Tokens that still lie as an image, [batch, height, width, channels], stand in one row for it.
    A result that nobody reads as int8 is never rounded: the accumulator becomes float.
    """
    weight, x = _weight(program, node), _integer(program, node, 0)
    if result is None:
        return _float_product(program, node, x, weight)
    kernel = weight.integers[:, :, None]
    attributes: dict[str, object] = {"channels_last": 1, "kernel_shape": [1]}
    size = shape(node)
    if len(size) == 3:
        return _qlinear_conv(program, node, x, result, weight, kernel, attributes)
    tokens = math.prod(size[1:-1])
    row = _reshaped(program, node, x.node, (size[0], tokens, shape(x.node)[-1]))
    product = _qlinear_conv(
        program, node, replace(x, node=row), result, weight, kernel, attributes,
        shape=(size[0], tokens, size[-1]),
    )  # fmt: skip
    return _reshaped(program, node, product, size)


def _float_product(program: Program, node: fx.Node, x: Integer, weight: _Weight) -> fx.Node:
    integers, scales, zeros = weight.inputs(program, node.name, weight.integers.T)
    inputs = (x.node, integers, x.scale, scales, x.zero_point, zeros, tensor(node, 2))
    return onnx_node(
        program, f"{MICROSOFT}::MatMulIntegerToFloat", inputs,
        like=node, dtype=torch.float32, attributes={},
    )  # fmt: skip


def _reshaped(program: Program, like: fx.Node, node: fx.Node, size: tuple[int, ...]) -> fx.Node:
    view = program.graph.call_function(torch.ops.aten.reshape.default, (node, list(size)))
    view.meta["layer"] = like.meta.get("layer", "")
    return view


def _qlinear_conv(
    program: Program, node: fx.Node, x: Integer, result: fx.Node, weight: _Weight,
    integers: torch.Tensor, attributes: dict[str, object], shape: tuple[int, ...] | None = None,
) -> fx.Node:  # fmt: skip
    inputs = (
        *x.inputs,
        *weight.inputs(program, node.name, integers),
        *_levels(program, result),
        _bias(program, node, weight, x.step),
    )
    return onnx_node(
        program, f"{MICROSOFT}::QLinearConv", inputs,
        like=result, dtype=torch.uint8, attributes=attributes, shape=shape,
    )  # fmt: skip


def _gemm(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node:
    x, weight = _integer(program, node, 0), _weight(program, node)
    inputs = [
        *x.inputs,
        *weight.inputs(program, node.name, weight.integers.T),
        _bias(program, node, weight, x.step),
    ]
    if result is not None:
        inputs += _levels(program, result)
    return onnx_node(
        program, f"{MICROSOFT}::QGemm", inputs, like=result or node,
        dtype=torch.uint8 if result is not None else torch.float32, attributes={"alpha": 1.0},
    )  # fmt: skip


def _pairwise(operator: str) -> Builder:
    def build(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
        if result is None:
            return None
        inputs = (
            *_integer(program, node, 0).inputs,
            *_integer(program, node, 1).inputs,
            *_levels(program, result),
        )
        return _unsigned(program, operator, inputs, result)

    return build


def _sigmoid(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    if result is None:
        return None
    inputs = (*_integer(program, node, 0).inputs, *_levels(program, result))
    return _unsigned(program, "QLinearSigmoid", inputs, result)


def _hardswish(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """x * clip(x / 6 + 1/2, 0, 1): the sum saturates where the hard sigmoid does.

    x / 6 is x with a sixth of its scale; the gate has 255 steps.
    """
    if result is None:
        return None
    x = _integer(program, node, 0)
    one = scalar(program, 1, torch.uint8)
    nothing = scalar(program, 0, torch.uint8)
    half, step = scalar(program, 0.5, torch.float32), scalar(program, 1 / 255, torch.float32)
    sixth = scalar(program, x.step / 6, torch.float32)
    gate = _unsigned(
        program, "QLinearAdd",
        (x.node, sixth, x.zero_point, one, half, nothing, step, nothing), result,
    )  # fmt: skip
    inputs = (*x.inputs, gate, step, nothing, *_levels(program, result))
    return _unsigned(program, "QLinearMul", inputs, result)


def _unsigned(
    program: Program, operator: str, inputs: tuple[fx.Node, ...], like: fx.Node
) -> fx.Node:
    return onnx_node(
        program, f"{MICROSOFT}::{operator}", inputs, like=like, dtype=torch.uint8, attributes={}
    )


def _projection(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """QAttention hands on float: where a quantize follows, it stays and reads that."""
    x, weight = _integer(program, node, 0), _weight(program, node)
    integers, scales, zeros = weight.inputs(program, node.name, weight.integers.T)
    inputs = (
        x.node, integers, tensor(node, 2), x.scale, scales, None, x.zero_point, zeros,
    )  # fmt: skip
    fused = onnx_node(
        program, f"{MICROSOFT}::QAttention", inputs, like=node, dtype=torch.float32,
        attributes={"num_heads": number(node, 3), "scale": float(number(node, 4))},
    )  # fmt: skip
    take_name(fused, node)
    node.replace_all_uses_with(fused)
    return None


_BUILDERS: dict[str, Builder] = {
    "conv": _convolution,
    "linear": _linear,
    "gemm": _gemm,
    "add": _pairwise("QLinearAdd"),
    "mul": _pairwise("QLinearMul"),
    "sigmoid": _sigmoid,
    "hardswish": _hardswish,
    "projection": _projection,
}
