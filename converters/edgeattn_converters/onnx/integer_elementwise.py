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


def hardsigmoid(program: Program, node: fx.Node, result: fx.Node | None) -> fx.Node | None:
    """Name clip(x / 6 + 1/2, 0, 1): a sum that saturates, where x has a sixth of its scale.

    The result's 255 steps end at 0 and 1 exactly (FIXED in quantize.py).
    """
    if result is None:
        return None
    x = integer(program, node, 0)
    if x.step == 0.0:
        return None  # its scale is found as it runs
    one, nothing = scalar(program, 1, torch.uint8), scalar(program, 0, torch.uint8)
    half, sixth = scalar(program, 0.5, torch.float32), scalar(program, x.step / 6, torch.float32)
    inputs = (x.node, sixth, x.zero_point, one, half, nothing, *levels(program, result))
    return _unsigned(program, "QLinearAdd", inputs, result)


def _unsigned(
    program: Program, operator: str, inputs: tuple[fx.Node, ...], like: fx.Node
) -> fx.Node:
    return onnx_node(
        program, f"{MICROSOFT}::{operator}", inputs, like=like, dtype=torch.uint8, attributes={}
    )
