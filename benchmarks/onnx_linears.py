"""A Linear between float neighbours on ONNX Runtime: its input rounded, its result float."""

from __future__ import annotations

import numpy as np

from benchmarks.onnx_graph import MICROSOFT, Array, Graph, qlinear_conv

WIDER = 4  # as the first Linear of an MLP


def linear_forms(tokens: int, width: int) -> dict[str, bytes]:
    """Return one Linear, [1, tokens, width] -> [1, tokens, 4 * width], in every form by name.

    One, because ONNX Runtime cancels the conversions between one Linear and the next.
    """
    made = {}
    for name, form in FORMS.items():
        graph = Graph()
        y = form(graph, "x", graph.weights(WIDER * width, width))
        made[name] = graph.finish((1, tokens, width), y, (1, tokens, WIDER * width))
    return made


def _float(graph: Graph, x: str, weights: Array) -> str:
    y = graph.add("MatMul", x, graph.constant(weights.T))
    return graph.add("Add", y, graph.constant(np.zeros(len(weights), np.float32)))


def _convolution(graph: Graph, x: str, weights: Array) -> str:
    return graph.dequantize(qlinear_conv(graph, graph.quantize(x), weights[:, :, None]))


def _static(graph: Graph, x: str, weights: Array) -> str:
    scale, zero = graph.level()
    return _product(graph, graph.quantize(x), scale, zero, weights)


def _dynamic(graph: Graph, x: str, weights: Array) -> str:
    integers, scale, zero = graph.several("DynamicQuantizeLinear", x, count=3)
    return _product(graph, integers, scale, zero, weights)


def _product(graph: Graph, x: str, scale: str, zero: str, weights: Array) -> str:
    integers, scales = graph.integer_weights(weights)
    return graph.add(
        "MatMulIntegerToFloat", x, graph.constant(integers.T), scale, graph.constant(scales), zero,
        graph.constant(np.zeros(len(scales), np.int8)),
        graph.constant(np.zeros(len(scales), np.float32)), domain=MICROSOFT,
    )  # fmt: skip


FORMS = {
    "fp32: MatMul, Add": _float,
    "int8: QuantizeLinear, 1x1 QLinearConv, DequantizeLinear": _convolution,
    "int8: QuantizeLinear, MatMulIntegerToFloat": _static,
    "int8: DynamicQuantizeLinear, MatMulIntegerToFloat": _dynamic,
}
