"""Name the operators that work number by number: QLinearAdd, QLinearMul, QLinearSigmoid."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import fx

from edgeattn_converters.onnx.integer_values import integer, levels
from edgeattn_converters.onnx.symbolic import MICROSOFT, onnx_node, scalar
from edgeattn_converters.program import Program

Builder = Callable[[Program, fx.Node, fx.Node | None], fx.Node | None]


def pairwise(operator: str) -> Builder:
    """Return the function that names an operator of two activations: QLinearAdd, QLinearMul."""

    def build(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
        if result is None:
            return None
        inputs = (
            *integer(program, node, 0).inputs,
            *integer(program, node, 1).inputs,
            *levels(program, result),
        )
        return _unsigned(program, operator, inputs, result)

    return build


def sigmoid(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """Name a sigmoid: a table of 256 entries."""
    if result is None:
        return None
    inputs = (*integer(program, node, 0).inputs, *levels(program, result))
    return _unsigned(program, "QLinearSigmoid", inputs, result)


def hardswish(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """X * clip(x / 6 + 1/2, 0, 1): the sum saturates where the hard sigmoid does.

    x / 6 is x with a sixth of its scale; the gate has 255 steps.
    """
    if result is None:
        return None
    x = integer(program, node, 0)
    one = scalar(program, 1, torch.uint8)
    nothing = scalar(program, 0, torch.uint8)
    half, step = scalar(program, 0.5, torch.float32), scalar(program, 1 / 255, torch.float32)
    sixth = scalar(program, x.step / 6, torch.float32)
    gate = _unsigned(
        program, "QLinearAdd",
        (x.node, sixth, x.zero_point, one, half, nothing, step, nothing), result,
    )  # fmt: skip
    inputs = (*x.inputs, gate, step, nothing, *levels(program, result))
    return _unsigned(program, "QLinearMul", inputs, result)


def _unsigned(
    program: Program, operator: str, inputs: tuple[fx.Node, ...], like: fx.Node
) -> fx.Node:
    return onnx_node(
        program, f"{MICROSOFT}::{operator}", inputs, like=like, dtype=torch.uint8, attributes={}
    )
