"""ONNX graphs by hand, with random weights: what one operator or one block costs in one form."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

Array = NDArray[Any]

MICROSOFT = "com.microsoft"
OPSET = 20
STEP = 0.03  # one scale for all activations: 128 steps reach 3.8 standard deviations of the input
MIDDLE = 128


class Graph:
    """Collects nodes; each method returns the name of what it computes."""

    def __init__(self) -> None:
        """Start empty; the same seed gives every form of a block the same weights."""
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.random = np.random.default_rng(0)

    def constant(self, value: Array | np.generic | float) -> str:
        """Store a value; a Python number becomes float32."""
        array = np.asarray(value, np.float32) if isinstance(value, float) else np.asarray(value)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Append an operator with one result."""
        name = f"{operator.lower()}_{len(self.nodes)}"
        node = helper.make_node(operator, list(inputs), [name], domain=domain, **attributes)
        self.nodes.append(node)
        return name

    def several(self, operator: str, *inputs: str, count: int) -> list[str]:
        """Append an operator with `count` results."""
        names = [f"{operator.lower()}_{len(self.nodes)}_{place}" for place in range(count)]
        self.nodes.append(helper.make_node(operator, list(inputs), names))
        return names

    def level(self, zero: int = MIDDLE, dtype: type = np.uint8) -> tuple[str, str]:
        """Return scale and zero-point of an activation."""
        return self.constant(STEP), self.constant(dtype(zero))

    def quantize(self, x: str, zero: int = MIDDLE, dtype: type = np.uint8) -> str:
        """Turn float into 8-bit integers."""
        return self.add("QuantizeLinear", x, *self.level(zero, dtype))

    def dequantize(self, x: str, zero: int = MIDDLE, dtype: type = np.uint8) -> str:
        """Turn 8-bit integers into float."""
        return self.add("DequantizeLinear", x, *self.level(zero, dtype))

    def rounded(self, x: str, zero: int = MIDDLE) -> str:
        """Quantise and dequantise."""
        return self.dequantize(self.quantize(x, zero), zero)

    def weights(self, *shape: int) -> Array:
        """Return float32 [out, ...] whose products have half the spread of what they multiply."""
        spread = 0.5 / np.sqrt(np.prod(shape[1:]))
        drawn: Array = self.random.standard_normal(shape) * spread
        return drawn.astype(np.float32)

    def integer_weights(self, weights: Array) -> tuple[Array, Array]:
        """Return int8 [out, ...] and float32 scales [out]."""
        rows = weights.reshape(len(weights), -1)
        scales = (np.abs(rows).max(1) / 127).astype(np.float32)
        integers = np.rint(rows / scales[:, None]).astype(np.int8)
        return integers.reshape(weights.shape), scales

    def bias(self, scales: Array) -> str:
        """Return a bias of zeros as int32, in steps of the accumulator."""
        zeros = np.zeros(len(scales), np.int32)
        steps = (scales * np.float32(STEP)).astype(np.float32)
        return self.add("DequantizeLinear", *map(self.constant, (zeros, steps, zeros)), axis=0)

    def reshape(self, x: str, *shape: int) -> str:
        """Reshape to whole numbers."""
        return self.add("Reshape", x, self.constant(np.array(shape, np.int64)))

    def finish(self, inputs: tuple[int, ...], result: str, outputs: tuple[int, ...]) -> bytes:
        """Return the model: float `x` in, float out."""
        result = self.add("Identity", result)
        floats = onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            self.nodes,
            "graph",
            [helper.make_tensor_value_info("x", floats, inputs)],
            [helper.make_tensor_value_info(result, floats, outputs)],
            self.constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        content: bytes = helper.make_model(
            graph, opset_imports=opsets, ir_version=10
        ).SerializeToString()
        return content


def qlinear_conv(
    graph: Graph, x: str, weights: Array, *, zero: int = MIDDLE, dtype: type = np.uint8,
    zero_in: int = MIDDLE, **attributes: Any,
) -> str:  # fmt: skip
    """Append com.microsoft.QLinearConv on channels-last integers.

    Args:
        graph: Where.
        x: [batch, ..., in], integers.
        weights: float32 [out, in / groups, *kernel].
        zero: Zero-point of the result; 0 makes it a ReLU.
        dtype: Of the activations.
        zero_in: Zero-point of `x`.
        attributes: Of the operator, such as pads and group.
    """
    integers, scales = graph.integer_weights(weights)
    return graph.add(
        "QLinearConv",
        x, *graph.level(zero_in, dtype),
        graph.constant(integers), graph.constant(scales),
        graph.constant(np.zeros(len(scales), np.int8)),
        *graph.level(zero, dtype),
        graph.constant(np.zeros(len(scales), np.int32)),
        domain=MICROSOFT, channels_last=1, kernel_shape=list(weights.shape[2:]), **attributes,
    )  # fmt: skip
