"""One attention core in every form that ONNX Runtime takes, several in a row.

In a row, because a core of 30 microseconds would drown in what one call of the engine costs: the
result of one is the query of the next, keys and values stay. Every form gets its own favourite
layout: heads apart where it wants them apart, side by side where it wants them so.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from benchmarks.kernels.shapes import Shape
from benchmarks.onnx_graph import MICROSOFT, MIDDLE, OPSET, Graph
from edgeattn_converters.onnx.fused_attention import DOMAIN, TO_INTEGERS, definition

DEPTH = 4
STEP = 0.03  # of queries, keys, values and results: 128 steps reach 3.8 standard deviations
SCORE_STEP, WEIGHT_STEP = 0.08, 1 / 255


class Core(Graph):
    """Float, in single operators: the form that exporters write."""

    dtype = TensorProto.FLOAT
    heads_apart = True
    opset = OPSET

    def __init__(self, shape: Shape) -> None:
        """Start empty."""
        super().__init__()
        self.shape = shape
        self.scale = float(shape.width**-0.5)

    def attend(self, q: str, k: str, v: str) -> str:
        """Return the name of softmax(q k' / sqrt(width)) v."""
        turned = self.add("Transpose", k, perm=[0, 1, 3, 2])
        scaled = self.add("Mul", q, self.constant(self.scale))
        weights = self.add("Softmax", self.add("MatMul", scaled, turned), axis=-1)
        return self.add("MatMul", weights, v)

    def content(self, depth: int = DEPTH) -> bytes:
        """Return the model file, of `depth` cores in a row."""
        shape = self.shape
        size = [1, shape.heads, shape.tokens, shape.width]
        if not self.heads_apart:
            size = [1, shape.tokens, shape.heads * shape.width]
        x = "q"
        for _ in range(depth):
            x = self.attend(x, "k", "v")
        inputs = [helper.make_tensor_value_info(name, self.dtype, size) for name in "qkv"]
        result = helper.make_tensor_value_info(x, self.dtype, size)
        graph = helper.make_graph(self.nodes, "cores", inputs, [result], self.constants)
        domains = {node.domain for node in self.nodes} - {""}
        model = helper.make_model(
            graph,
            functions=self.functions(),
            opset_imports=[
                helper.make_opsetid("", self.opset),
                *(helper.make_opsetid(domain, 1) for domain in sorted(domains | {MICROSOFT})),
            ],
            ir_version=10,
        )
        onnx.checker.check_model(model)
        found: bytes = model.SerializeToString()
        return found

    def functions(self) -> list[onnx.FunctionProto]:
        """Return the functions that the model brings along."""
        return []


class Attention23(Core):
    """Float, ONNX's own operator."""

    opset = 23  # the first that has it

    def attend(self, q: str, k: str, v: str) -> str:
        """One node."""
        return self.add("Attention", q, k, v, scale=self.scale)


class MultiHeadAttention(Core):
    """Float, ONNX Runtime's operator: tiled, without the matrix of all pairs."""

    heads_apart = False

    def attend(self, q: str, k: str, v: str) -> str:
        """One node."""
        return self.add("MultiHeadAttention", q, k, v, domain=MICROSOFT, num_heads=self.shape.heads)


class QuantizeDequantize(Core):
    """Stock int8: quantisers around every operator, which the engine turns into QLinear ones."""

    dtype = TensorProto.UINT8

    def attend(self, q: str, k: str, v: str) -> str:
        """Softmax and both products in integers."""
        turned = self.add("Transpose", k, perm=[0, 1, 3, 2])
        # 1 / sqrt(width) is part of the query's step, as a calibrated file has it.
        query = self.from_levels(q, STEP * self.scale)
        scores = self.to_levels(self.add("MatMul", query, self.from_levels(turned)), SCORE_STEP)
        softmax = self.add("Softmax", self.from_levels(scores, SCORE_STEP), axis=-1)
        weights = self.from_levels(self.to_levels(softmax, WEIGHT_STEP, 0), WEIGHT_STEP, 0)
        return self.to_levels(self.add("MatMul", weights, self.from_levels(v)))

    def from_levels(self, x: str, step: float = STEP, zero: int = MIDDLE) -> str:
        """Dequantise."""
        return self.add("DequantizeLinear", x, self.constant(step), self.constant(np.uint8(zero)))

    def to_levels(self, x: str, step: float = STEP, zero: int = MIDDLE) -> str:
        """Quantise."""
        return self.add("QuantizeLinear", x, self.constant(step), self.constant(np.uint8(zero)))


class Fused(Core):
    """Ours, as a custom operator of the engine: uint8 in and out, heads side by side."""

    dtype = TensorProto.UINT8
    heads_apart = False

    def attend(self, q: str, k: str, v: str) -> str:
        """One node."""
        step, zero = self.constant(STEP), self.constant(np.uint8(MIDDLE))
        inputs = [part for x in (q, k, v) for part in (x, step, zero)]
        return self.add(
            TO_INTEGERS, *inputs, step, zero, domain=DOMAIN,
            num_heads=self.shape.heads, scale=self.scale,
        )  # fmt: skip

    def functions(self) -> list[onnx.FunctionProto]:
        """Return what the operator means to an engine without the library."""
        return [definition(TO_INTEGERS)]


OURS, STOCK_INT8 = "fused int8 (edgeattn-kernels)", "int8, Q/DQ"
FLOATS: dict[str, type[Core]] = {
    "float, single operators": Core,
    "float, Attention-23": Attention23,
    "float, MultiHeadAttention": MultiHeadAttention,
}
FORMS: dict[str, type[Core]] = {OURS: Fused, **FLOATS, STOCK_INT8: QuantizeDequantize}
