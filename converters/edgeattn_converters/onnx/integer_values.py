"""What integer operators read: activations with their scales, weights, biases in whole steps."""

from __future__ import annotations

import operator
from dataclasses import dataclass

import torch
from torch import fx

from edgeattn_converters.onnx.symbolic import OPSET, scalar
from edgeattn_converters.operands import number, stored, tensor
from edgeattn_converters.operators import E
from edgeattn_converters.program import Program, add_constant, shape


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


def integer(program: Program, node: fx.Node, place: int) -> Integer:
    """Return the quantised activation at one place of an operator's arguments."""
    real = tensor(node, place)
    if real.target is E.dynamic_int8.default:
        return _dynamic(program, real)
    return Integer(tensor(real, 0), *levels(program, real), number(real, 1))


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
    integers, scale, zero = sorted(apart, key=lambda one: int(number(one, 1)))
    return Integer(integers, scale, zero, 0.0)


def levels(program: Program, node: fx.Node) -> tuple[fx.Node, fx.Node]:
    """Return scale and zero-point of a quantize or dequantize node as constants."""
    dtype = node.args[5]
    assert isinstance(dtype, torch.dtype), node
    return (
        scalar(program, number(node, 1), torch.float32),
        scalar(program, number(node, 2), dtype),
    )


@dataclass(frozen=True)
class Weight:
    """An int8 weight and its scale per output channel."""

    integers: torch.Tensor  # int8 [out, ...]
    scales: torch.Tensor  # float32 [out]

    def inputs(self, program: Program, name: str, integers: torch.Tensor) -> tuple[fx.Node, ...]:
        """Return weight, scales and zero-points as constants; `integers` in the engine's layout."""
        zeros = torch.zeros(len(self.scales), dtype=torch.int8)
        return (
            add_constant(program, f"{name}_weight", integers.contiguous()),
            add_constant(program, f"{name}_weight_scale", self.scales),
            add_constant(program, f"{name}_weight_zero", zeros),
        )


def weight(program: Program, node: fx.Node) -> Weight:
    """Return the weight of an operator, [out, ...]."""
    real = tensor(node, 1)
    return Weight(stored(program, real, 0), stored(program, real, 1))


def bias(program: Program, node: fx.Node, stored_weight: Weight, step: float) -> fx.Node:
    """Return the bias as int32, in steps of the accumulator."""
    real = stored(program, node, 2)
    steps = (real.double() / (stored_weight.scales.double() * step)).round().to(torch.int32)
    return add_constant(program, f"{node.name}_bias_int32", steps)
