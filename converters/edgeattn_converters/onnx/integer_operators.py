"""Name the integer operators: quantize(op(dequantize(x), ...)) -> QLinearOp(x, ...).

ONNX Runtime could find these patterns by itself, but not all of them: it keeps image layouts
channels first, forms no integer product for 3-D tokens and knows no integer attention. Naming
the operator fixes kernel and layout; scales stay what quantize.py chose.

Measured against the same Program as plain Q/DQ: docs/measurements/engine-forms.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import fx

from edgeattn_converters.onnx.symbolic import MICROSOFT, onnx_node, scalar
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.placement import tail
from edgeattn_converters.program import Program, add_constant, constant, finish, shape, take_name
from edgeattn_converters.quantize import DEQUANTIZE, DEQUANTIZE_CHANNELS, QUANTIZE


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
        if build is None or not _reads_integers(node):
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
    targets = [getattr(source, "target", None) for source in node.all_input_nodes]
    return all(target in (DEQUANTIZE, DEQUANTIZE_CHANNELS) for target in targets if target) or (
        targets[:2] == [DEQUANTIZE, DEQUANTIZE_CHANNELS]
    )


def _result(node: fx.Node) -> fx.Node | None:
    """Return the quantize node that takes an operator's result (behind its ReLU), or None."""
    last = tail(node)
    users = list(last.users)
    return users[0] if len(users) == 1 and users[0].target is QUANTIZE else None


def _integer(program: Program, real: object) -> Integer:
    assert isinstance(real, fx.Node)
    integer, scale, zero_point = real.args[:3]
    assert isinstance(integer, fx.Node)
    return Integer(integer, *_levels(program, scale, zero_point), float(scale))  # type: ignore


def _levels(program: Program, scale: object, zero_point: object) -> tuple[fx.Node, fx.Node]:
    return (
        scalar(program, scale, torch.float32),  # type: ignore[arg-type]
        scalar(program, zero_point, torch.uint8),  # type: ignore[arg-type]
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
    integers, scales = node.args[1].args[:2]  # type: ignore[union-attr]
    return _Weight(constant(program, integers), constant(program, scales))  # type: ignore[arg-type]


def _bias(program: Program, node: fx.Node, weight: _Weight, step: float) -> fx.Node:
    """Return the bias as int32, in steps of the accumulator."""
    bias = constant(program, node.args[2])  # type: ignore[arg-type]
    steps = (bias.double() / (weight.scales.double() * step)).round().to(torch.int32)
    return add_constant(program, f"{node.name}_bias_int32", steps)


def _convolution(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    if result is None:
        return None
    stride, (top, bottom, left, right), dilation, groups = node.args[3:7]  # type: ignore[misc]
    weight = _weight(program, node)
    oihw = weight.integers.permute(0, 3, 1, 2)
    attributes = {
        "channels_last": 1, "strides": list(stride), "pads": [top, left, bottom, right],
        "dilations": list(dilation), "group": groups, "kernel_shape": list(oihw.shape[2:]),
    }  # fmt: skip
    return _qlinear_conv(program, node, result, weight, oihw, attributes)


def _linear(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """Tokens as a one-dimensional image: a 1x1 convolution, channels last."""
    if result is None or len(shape(node)) != 3:
        return None
    weight = _weight(program, node)
    attributes: dict[str, object] = {"channels_last": 1, "kernel_shape": [1]}
    return _qlinear_conv(program, node, result, weight, weight.integers[:, :, None], attributes)


def _qlinear_conv(
    program: Program, node: fx.Node, result: fx.Node, weight: _Weight, integers: torch.Tensor,
    attributes: dict[str, object],
) -> fx.Node:  # fmt: skip
    x = _integer(program, node.args[0])
    inputs = (
        *x.inputs,
        *weight.inputs(program, node.name, integers),
        *_levels(program, *result.args[1:3]),
        _bias(program, node, weight, x.step),
    )
    return onnx_node(
        program, f"{MICROSOFT}::QLinearConv", inputs,
        like=result, dtype=torch.uint8, attributes=attributes,
    )  # fmt: skip


def _gemm(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node:
    x, weight = _integer(program, node.args[0]), _weight(program, node)
    inputs = [
        *x.inputs,
        *weight.inputs(program, node.name, weight.integers.T),
        _bias(program, node, weight, x.step),
    ]
    if result is not None:
        inputs += _levels(program, *result.args[1:3])
    return onnx_node(
        program, f"{MICROSOFT}::QGemm", inputs, like=result or node,
        dtype=torch.uint8 if result is not None else torch.float32, attributes={"alpha": 1.0},
    )  # fmt: skip


def _add(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    if result is None:
        return None
    inputs = (
        *_integer(program, node.args[0]).inputs,
        *_integer(program, node.args[1]).inputs,
        *_levels(program, *result.args[1:3]),
    )
    return onnx_node(
        program, f"{MICROSOFT}::QLinearAdd", inputs,
        like=result, dtype=torch.uint8, attributes={},
    )  # fmt: skip


def _projection(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """QAttention hands on float: where a quantize follows, it stays and reads that."""
    x, weight = _integer(program, node.args[0]), _weight(program, node)
    integers, scales, zeros = weight.inputs(program, node.name, weight.integers.T)
    inputs = (
        x.node, integers, node.args[2], x.scale, scales, None, x.zero_point, zeros,
    )  # fmt: skip
    fused = onnx_node(
        program, f"{MICROSOFT}::QAttention", inputs, like=node, dtype=torch.float32,  # type: ignore[arg-type]
        attributes={"num_heads": node.args[3], "scale": float(node.args[4])},  # type: ignore[arg-type]
    )  # fmt: skip
    take_name(fused, node)
    node.replace_all_uses_with(fused)
    return None


_BUILDERS: dict[str, Callable[[Program, fx.Node, fx.Node | None], fx.Node | None]] = {
    "conv": _convolution,
    "linear": _linear,
    "gemm": _gemm,
    "add": _add,
    "projection": _projection,
}
