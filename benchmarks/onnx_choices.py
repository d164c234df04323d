"""Two ways to say the same on ONNX Runtime: gates between integers, a sum before a LayerNorm."""

from __future__ import annotations

import numpy as np

from benchmarks.onnx_graph import MICROSOFT, STEP, Graph

DEPTH = 4


def norm_sum_forms(tokens: int, width: int) -> dict[str, bytes]:
    """Return LayerNorm(x + x), four in a row, the sum named Add (which is fused) and Sum."""
    shape, made = (1, tokens, width), {}
    for name in ("Add", "Sum"):
        graph, x = Graph(), "x"
        scale = graph.constant(np.ones(width, np.float32))
        shift = graph.constant(np.zeros(width, np.float32))
        for _ in range(DEPTH):
            total = graph.add(name, x, "x")
            x = graph.add("LayerNormalization", total, scale, shift, axis=-1)
        made[f"{name}, LayerNormalization"] = graph.finish(shape, x, shape)
    return made


def gate_forms(tokens: int, width: int) -> dict[str, bytes]:
    """Return Hardswish and SiLU between integers: float between Q/DQ, and as integer operators."""
    shape, made = (1, tokens, width), {}
    for gate in ("Hardswish", "SiLU"):
        for form in ("float between Q/DQ", "integer operators"):
            graph = Graph()
            x = graph.quantize("x")
            for _ in range(DEPTH):
                x = _float_gate(graph, x, gate) if "float" in form else _gate(graph, x, gate)
            made[f"{gate}, {form}"] = graph.finish(shape, graph.dequantize(x), shape)
    return made


def _float_gate(graph: Graph, x: str, gate: str) -> str:
    real = graph.dequantize(x)
    if gate == "Hardswish":
        return graph.quantize(graph.add("HardSwish", real))
    return graph.quantize(graph.add("Mul", real, graph.add("Sigmoid", real)))


def _gate(graph: Graph, x: str, gate: str) -> str:
    levels, zero = graph.level(), graph.constant(np.uint8(0))
    share = (graph.constant(1 / 255 if gate == "Hardswish" else 1 / 256), zero)
    if gate == "Hardswish":  # x / 6 + 1/2 saturates where the hard sigmoid does
        half = (graph.constant(np.uint8(1)), graph.constant(0.5), zero)
        sixth = (graph.constant(STEP / 6), levels[1])
        part = graph.add("QLinearAdd", x, *sixth, *half, *share, domain=MICROSOFT)
    else:
        part = graph.add("QLinearSigmoid", x, *levels, *share, domain=MICROSOFT)
    return graph.add("QLinearMul", x, *levels, part, *share, *levels, domain=MICROSOFT)
