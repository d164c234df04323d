"""Arithmetic, comparison and selection, number by number, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.tflite.builder import Tensor
from edgeattn_converters.tflite.refusal import refuse
from edgeattn_converters.tflite.writer import Writer

Lowering = Callable[[Writer, fx.Node], None]


def unary(operator: str, options: str | None = None) -> Lowering:
    """Return the function that writes `operator` of one operand."""

    def write(writer: Writer, node: fx.Node) -> None:
        x = writer.operand(source(node), node)
        writer.builder.add(operator, [x], writer.result(node), options)

    return write


def binary(operator: str, options: str | None = None) -> Lowering:
    """Return the function that writes `operator` of two operands."""

    def write(writer: Writer, node: fx.Node) -> None:
        left, right = (writer.operand(argument, node) for argument in node.args[:2])
        writer.builder.add(operator, [left, right], writer.result(node), options)

    return write


def logical(operator: str, options: str) -> Lowering:
    """Return the function that writes AND, OR or NOT of booleans."""

    def write(writer: Writer, node: fx.Node) -> None:
        if str(node.meta["val"].dtype) != "torch.bool":
            refuse(node, "works on the bits of integers", "compare first, so that it gets booleans")
        operands = [writer.operand(argument, node) for argument in node.args]
        writer.builder.add(operator, operands, writer.result(node), options)

    return write


def arithmetic(operator: str, options: str) -> Lowering:
    """Return the function that writes ADD, SUB or MUL, with the relu that follows."""

    def write(writer: Writer, node: fx.Node) -> None:
        left, right = (writer.operand(argument, node) for argument in node.args[:2])
        alpha = arguments(node).get("alpha", 1)
        if alpha != 1:
            right = _multiple(writer, node, right, alpha)
        output, activation = writer.result(node), writer.activation(node)
        fields: dict[str, Any] = {"fusedActivationFunction": activation}
        writer.builder.add(operator, [left, right], output, options, **fields)

    return write


def divide(writer: Writer, node: fx.Node) -> None:
    """Write a quotient; in int8 the divisor is a number, and its reciprocal multiplies."""
    left, right = node.args[:2]
    x = writer.operand(left, node)
    if writer.is_int8(node):
        assert isinstance(right, int | float)
        factor = writer.operand(1 / right, node)
        writer.builder.add("MUL", [x, factor], writer.result(node), "MulOptions")
        return
    divisor = writer.operand(right, node)
    writer.builder.add("DIV", [x, divisor], writer.result(node), "DivOptions")


def reverse_subtract(writer: Writer, node: fx.Node) -> None:
    """Write other - alpha * self."""
    given = arguments(node)
    x, other = writer.operand(given["self"], node), writer.operand(given["other"], node)
    if given["alpha"] != 1:
        x = _multiple(writer, node, x, given["alpha"])
    writer.builder.add("SUB", [other, x], writer.result(node), "SubOptions")


def power(writer: Writer, node: fx.Node) -> None:
    """Write x ** number; a square is a product, a square root its own operator."""
    x, exponent = writer.value(source(node)), arguments(node)["exponent"]
    output = writer.result(node)
    if exponent == 2:
        writer.builder.add("MUL", [x, x], output, "MulOptions")
    elif exponent in (0.5, -0.5):
        writer.builder.add("SQRT" if exponent > 0 else "RSQRT", [x], output)
    else:
        other = writer.builder.constant(np.asarray(exponent, np.float32), f"{node.name};exponent")
        writer.builder.add("POW", [x, other], output, "PowOptions")


def reciprocal(writer: Writer, node: fx.Node) -> None:
    """Write 1 / x."""
    one = writer.builder.constant(np.asarray(1, np.float32), f"{node.name};one")
    x = writer.value(source(node))
    writer.builder.add("DIV", [one, x], writer.result(node), "DivOptions")


def clamp(writer: Writer, node: fx.Node) -> None:
    """Write min(max(x, low), high); an end that is missing writes nothing."""
    given = arguments(node)
    ends = [("MAXIMUM", given["min"]), ("MINIMUM", given.get("max"))]
    steps = [(operator, end) for operator, end in ends if end is not None]
    x = writer.value(source(node))
    for index, (operator, end) in enumerate(steps):
        last = index == len(steps) - 1
        output = writer.result(node) if last else writer.scratch(node, x.shape)
        bound = writer.operand(end, node)
        x = writer.builder.add(operator, [x, bound], output, "MaximumMinimumOptions")


def where(writer: Writer, node: fx.Node) -> None:
    """Write a choice: the second operand where the first is true, else the third."""
    given = arguments(node)
    inputs = [writer.operand(given[name], node) for name in ("condition", "self", "other")]
    writer.builder.add("SELECT_V2", inputs, writer.result(node), "SelectV2Options")


def masked_fill(writer: Writer, node: fx.Node) -> None:
    """Write a choice: a number where the mask is true, else the value."""
    given = arguments(node)
    inputs = [writer.operand(given[name], node) for name in ("mask", "value", "self")]
    writer.builder.add("SELECT_V2", inputs, writer.result(node), "SelectV2Options")


def cast(writer: Writer, node: fx.Node) -> None:
    """Write a change of dtype; none when it stays."""
    x = writer.value(source(node))
    if source(node).meta["val"].dtype == node.meta["val"].dtype:
        writer.hold(node, x)
        return
    writer.builder.add("CAST", [x], writer.result(node), "CastOptions")


def _multiple(writer: Writer, node: fx.Node, x: Tensor, alpha: float) -> Tensor:
    factor = writer.builder.constant(np.asarray(alpha, x.dtype), f"{node.name};alpha")
    output = writer.builder.tensor(node.name, x.shape, x.dtype)
    return writer.builder.add("MUL", [x, factor], output, "MulOptions")
