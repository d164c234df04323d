"""Single operators of ONNX Runtime, float and int8: convolutions and softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.onnx_graph import MICROSOFT, MIDDLE, Graph, qlinear_conv

DEPTH = 4  # the same operator in a row, so that entering and leaving integers weighs little


@dataclass(frozen=True)
class Convolution:
    """A square convolution that keeps the image's size and channels."""

    name: str
    side: int
    channels: int
    kernel: int
    depthwise: bool = False

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """Return [out, in / groups, kernel, kernel]."""
        inner = 1 if self.depthwise else self.channels
        return self.channels, inner, self.kernel, self.kernel

    @property
    def attributes(self) -> dict[str, Any]:
        """Return the operator's attributes but for its kernel."""
        groups = self.channels if self.depthwise else 1
        return {"pads": [self.kernel // 2] * 4, "group": groups}


CONVOLUTIONS = (
    Convolution("3x3, 32x32x32", 32, 32, 3),
    Convolution("3x3, 16x16x64", 16, 64, 3),
    Convolution("1x1, 16x16x128", 16, 128, 1),
    Convolution("depthwise 3x3, 16x16x256", 16, 256, 3, depthwise=True),
)


def convolution_forms(one: Convolution) -> dict[str, bytes]:
    """Return the forms of one convolution by name, float first."""
    return {
        "fp32 Conv": float_convolution(one),
        "Q/DQ around Conv, channels first": qdq_convolution(one),
        "QLinearConv, channels last, u8": integer_convolution(one, np.uint8),
        "QLinearConv, channels last, s8": integer_convolution(one, np.int8),
    }


def float_convolution(one: Convolution) -> bytes:
    """[1, channels, side, side], as torch exports it."""
    graph, x = Graph(), "x"
    shape = (1, one.channels, one.side, one.side)
    for _ in range(DEPTH):
        weights = graph.constant(graph.weights(*one.weight_shape))
        x = graph.add("Conv", x, weights, kernel_shape=[one.kernel] * 2, **one.attributes)
    return graph.finish(shape, x, shape)


def qdq_convolution(one: Convolution) -> bytes:
    """The same with Q/DQ around it, as quantize_static leaves it."""
    graph = Graph()
    shape = (1, one.channels, one.side, one.side)
    x = graph.rounded("x")
    for _ in range(DEPTH):
        integers, scales = graph.integer_weights(graph.weights(*one.weight_shape))
        zeros = np.zeros(len(scales), np.int8)
        weight = graph.add(
            "DequantizeLinear", *map(graph.constant, (integers, scales, zeros)), axis=0
        )
        y = graph.add(
            "Conv", x, weight, graph.bias(scales), kernel_shape=[one.kernel] * 2, **one.attributes
        )
        x = graph.rounded(y)
    return graph.finish(shape, x, shape)


def integer_convolution(one: Convolution, dtype: type) -> bytes:
    """[1, side, side, channels], named."""
    graph = Graph()
    zero = MIDDLE if dtype is np.uint8 else 0
    shape = (1, one.side, one.side, one.channels)
    x = graph.quantize("x", zero, dtype)
    for _ in range(DEPTH):
        weights = graph.weights(*one.weight_shape)
        x = qlinear_conv(graph, x, weights, zero=zero, zero_in=zero, dtype=dtype, **one.attributes)
    return graph.finish(shape, graph.dequantize(x, zero, dtype), shape)


def softmax_forms(heads: int, tokens: int) -> dict[str, bytes]:
    """Return the forms of a softmax over scores [1, heads, tokens, tokens] by name."""
    shape = (1, heads, tokens, tokens)
    made = {}
    for name in ("fp32 Softmax", "QLinearSoftmax", "Q/DQ alone"):
        graph = Graph()
        if name == "fp32 Softmax":
            y = graph.add("Softmax", "x", axis=-1)
        elif name == "QLinearSoftmax":
            y = graph.add(
                "QLinearSoftmax", graph.quantize("x"), *graph.level(),
                graph.constant(1 / 256), graph.constant(np.uint8(0)),
                domain=MICROSOFT, axis=-1, opset=13,
            )  # fmt: skip
            y = graph.add(
                "DequantizeLinear", y, graph.constant(1 / 256), graph.constant(np.uint8(0))
            )
        else:
            y = graph.rounded("x")
        made[name] = graph.finish(shape, y, shape)
    return made
