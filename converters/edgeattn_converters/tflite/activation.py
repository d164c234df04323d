"""Activation functions and softmax."""

from __future__ import annotations

import numpy as np
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.program import shape
from edgeattn_converters.tflite.plan import relu_limit
from edgeattn_converters.tflite.refusal import refuse
from edgeattn_converters.tflite.writer import ACTIVATIONS, Writer

RELU6 = ACTIVATIONS[6.0]


def relu(writer: Writer, node: fx.Node) -> None:
    """Write RELU or RELU6; the ones that vanish into another operator never come here."""
    limit = relu_limit(node)
    if limit is None:
        refuse(node, "clamps to a range other than [0, 6]", "use relu, relu6 or clamp")
    x = writer.operand(source(node), node)
    writer.builder.add("RELU" if np.isinf(limit) else "RELU6", [x], writer.result(node))


def sigmoid(writer: Writer, node: fx.Node) -> None:
    """Write 1 / (1 + exp(-x)); in int8 its result is always in steps of 1/256."""
    writer.builder.add("LOGISTIC", [writer.operand(source(node), node)], writer.result(node))


def tanh(writer: Writer, node: fx.Node) -> None:
    """Write the hyperbolic tangent; in int8 its result is always in steps of 1/128."""
    writer.builder.add("TANH", [writer.operand(source(node), node)], writer.result(node))


def gelu(writer: Writer, node: fx.Node) -> None:
    """Write GELU, exact or by its tanh formula."""
    approximate = arguments(node)["approximate"] == "tanh"
    x = writer.operand(source(node), node)
    writer.builder.add("GELU", [x], writer.result(node), "GeluOptions", approximate=approximate)


def hardswish(writer: Writer, node: fx.Node) -> None:
    """Write x * relu6(x + 3) / 6."""
    x = writer.operand(source(node), node)
    writer.builder.add("HARD_SWISH", [x], writer.result(node), "HardSwishOptions")


def silu(writer: Writer, node: fx.Node) -> None:
    """Write x * LOGISTIC(x): TFLite has no operator of that name."""
    x = writer.value(source(node))
    gate = writer.builder.add("LOGISTIC", [x], writer.scratch(node, x.shape))
    writer.builder.add("MUL", [x, gate], writer.result(node), "MulOptions")


def hardsigmoid(writer: Writer, node: fx.Node) -> None:
    """Write relu6(x + 3) / 6."""
    x = writer.value(source(node))
    three = writer.builder.constant(np.asarray(3, np.float32), f"{node.name};three")
    sixth = writer.builder.constant(np.asarray(1 / 6, np.float32), f"{node.name};sixth")
    gate = writer.scratch(node, x.shape)
    writer.builder.add("ADD", [x, three], gate, "AddOptions", fusedActivationFunction=RELU6)
    writer.builder.add("MUL", [gate, sixth], writer.result(node), "MulOptions")


def softmax(writer: Writer, node: fx.Node) -> None:
    """Write a softmax over the last axis; in int8 its result is always in steps of 1/256."""
    _over_last_axis(node)
    x = writer.operand(source(node), node)
    writer.builder.add("SOFTMAX", [x], writer.result(node), "SoftmaxOptions", beta=1.0)


def log_softmax(writer: Writer, node: fx.Node) -> None:
    """Write log(softmax(x)) over the last axis."""
    _over_last_axis(node)
    x = writer.operand(source(node), node)
    writer.builder.add("LOG_SOFTMAX", [x], writer.result(node), "LogSoftmaxOptions")


def _over_last_axis(node: fx.Node) -> None:
    rank = len(shape(node))
    axis = arguments(node)["dim"] % rank
    if axis != rank - 1:
        refuse(node, f"runs over axis {axis} of {rank}", "move that axis to the end")
