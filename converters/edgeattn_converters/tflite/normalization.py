"""Normalisation over the last axes, in float: int8 variance costs 3-22 dB."""

from __future__ import annotations

import numpy as np
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import shape
from edgeattn_converters.tflite.builder import Tensor
from edgeattn_converters.tflite.writer import Writer


def layer_norm(writer: Writer, node: fx.Node) -> None:
    """Write (x - mean) / sqrt(variance + eps) * weight + bias.

    Of the forms that keep float32's precision this is the fastest under XNNPACK:
    SQUARED_DIFFERENCE takes 1.02-1.06 of its time, means by FULLY_CONNECTED 1.7-2.2. The mean
    of squares minus the square of the mean takes 0.85, but cancels.
    """
    given = arguments(node)
    x = writer.value(given["input"])
    width = len(given["normalized_shape"])
    centred = _step(writer, node, "SUB", [x, _mean(writer, node, x, width)], "SubOptions")
    squared = _step(writer, node, "MUL", [centred, centred], "MulOptions")
    inverse = _inverse_root(writer, node, _mean(writer, node, squared, width), given["eps"])
    _scale(writer, node, [centred, inverse], given["weight"], given["bias"])


def rms_norm(writer: Writer, node: fx.Node) -> None:
    """Write x / sqrt(mean(x^2) + eps) * weight."""
    given = arguments(node)
    x = writer.value(given["input"])
    eps = float(np.finfo(np.float32).eps) if given["eps"] is None else given["eps"]
    squared = _step(writer, node, "MUL", [x, x], "MulOptions")
    mean = _mean(writer, node, squared, len(given["normalized_shape"]))
    _scale(writer, node, [x, _inverse_root(writer, node, mean, eps)], given["weight"], None)


def _scale(
    writer: Writer,
    node: fx.Node,
    product: list[Tensor],
    weight: fx.Node | None,
    bias: fx.Node | None,
) -> None:
    """Write product * weight + bias; the last operator there is gives the result."""
    steps = [("MUL", "MulOptions", product[1])]
    if weight is not None:
        steps.append(("MUL", "MulOptions", writer.value(weight)))
    if bias is not None:
        steps.append(("ADD", "AddOptions", writer.value(bias)))
    y = product[0]
    for operator, options, other in steps[:-1]:
        y = _step(writer, node, operator, [y, other], options)
    operator, options, other = steps[-1]
    writer.builder.add(operator, [y, other], writer.result(node), options)


def _step(
    writer: Writer, node: fx.Node, operator: str, inputs: list[Tensor], options: str | None = None
) -> Tensor:
    output = writer.scratch(node, np.broadcast_shapes(*(tensor.shape for tensor in inputs)))
    return writer.builder.add(operator, inputs, output, options)


def _mean(writer: Writer, node: fx.Node, x: Tensor, width: int) -> Tensor:
    rank = len(shape(node))
    axes = writer.builder.integers(list(range(rank - width, rank)), f"{node.name};axes")
    output = writer.scratch(node, (*x.shape[: rank - width], *[1] * width))
    return writer.builder.add("MEAN", [x, axes], output, "ReducerOptions", keepDims=True)


def _inverse_root(writer: Writer, node: fx.Node, variance: Tensor, eps: float) -> Tensor:
    small = writer.builder.constant(np.asarray(eps, np.float32), f"{node.name};eps")
    raised = _step(writer, node, "ADD", [variance, small], "AddOptions")
    return _step(writer, node, "RSQRT", [raised])
