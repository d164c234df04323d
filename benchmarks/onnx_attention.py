"""One attention block in the forms that ONNX Runtime can run, weights and sums the same in each.

    x = x + out(attend(query(x), key(x), value(x)));  x = x + narrow(relu(widen(x)))

Without LayerNorm, which is float in every form. Results lie within the rounding of each other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from benchmarks.onnx_graph import MICROSOFT, MIDDLE, Graph, qlinear_conv

DEPTH = 4  # blocks in a row, so that entering and leaving integers weighs little
RATIO = 2  # of the widened width


class FloatGemm:
    """Tokens as rows [tokens, width]; the core as one fused operator."""

    def __init__(self, tokens: int, width: int, heads: int) -> None:
        """Start a graph."""
        self.tokens, self.width, self.heads = tokens, width, heads
        self.graph = Graph()
        self.shape: tuple[int, ...] = (tokens, width)

    def enter(self, x: str) -> str:
        """Turn the input into what the layers read."""
        return x

    def linear(self, x: str, before: int, after: int, relu: bool = False) -> str:
        """[tokens, before] -> [tokens, after]."""
        weight = self.graph.constant(self.graph.weights(after, before).T)
        y = self.graph.add("Gemm", x, weight, self.graph.constant(np.zeros(after, np.float32)))
        return self.graph.add("Relu", y) if relu else y

    def attend(self, x: str) -> str:
        """Project and mix."""
        rows = (1, self.tokens, self.width)
        parts = [
            self.graph.reshape(self.linear(x, self.width, self.width), *rows) for _ in range(3)
        ]
        mixed = self.graph.add("MultiHeadAttention", *parts, domain=MICROSOFT, num_heads=self.heads)
        return self.graph.reshape(mixed, *self.shape)

    def sum(self, a: str, b: str) -> str:
        """Add the residual."""
        return self.graph.add("Add", a, b)

    def leave(self, x: str) -> str:
        """Turn the last result into float."""
        return x

    def build(self, depth: int = DEPTH) -> bytes:
        """Return `depth` blocks in a row."""
        x = self.enter("x")
        for _ in range(depth):
            x = self.sum(x, self.linear(self.attend(x), self.width, self.width))
            wide = self.linear(x, self.width, RATIO * self.width, relu=True)
            x = self.sum(x, self.linear(wide, RATIO * self.width, self.width))
        return self.graph.finish(self.shape, self.leave(x), self.shape)


class FloatMatMul(FloatGemm):
    """As PyTorch exports it: MatMul and Add, the core as MatMul, Softmax, MatMul."""

    def __init__(self, tokens: int, width: int, heads: int) -> None:
        """Tokens keep their batch axis."""
        super().__init__(tokens, width, heads)
        self.shape = (1, tokens, width)

    def linear(self, x: str, before: int, after: int, relu: bool = False) -> str:
        """[1, tokens, before] -> [1, tokens, after]."""
        y = self.graph.add("MatMul", x, self.graph.constant(self.graph.weights(after, before).T))
        y = self.graph.add("Add", y, self.graph.constant(np.zeros(after, np.float32)))
        return self.graph.add("Relu", y) if relu else y

    def attend(self, x: str) -> str:
        """Project and mix, head by head."""
        each = self.width // self.heads
        query, key, value = (
            self.graph.add(
                "Transpose",
                self.graph.reshape(
                    self.linear(x, self.width, self.width), 1, self.tokens, self.heads, each
                ),
                perm=axes,
            )
            for axes in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        )
        query = self.graph.add("Mul", query, self.graph.constant(each**-0.5))
        scores = self.graph.add("MatMul", query, key)
        mixed = self.graph.add("MatMul", self.graph.add("Softmax", scores, axis=-1), value)
        return self.graph.reshape(
            self.graph.add("Transpose", mixed, perm=[0, 2, 1, 3]), *self.shape
        )


class QdqGemm(FloatGemm):
    """Q/DQ around every Gemm and sum, for ONNX Runtime to form QGemm and QLinearAdd."""

    def enter(self, x: str) -> str:
        """Round the input."""
        return self.graph.rounded(x)

    def linear(self, x: str, before: int, after: int, relu: bool = False) -> str:
        """Round weights and result."""
        integers, scales = self.graph.integer_weights(self.graph.weights(after, before))
        g = self.graph
        weight = g.add(
            "DequantizeLinear", g.constant(integers.T), g.constant(scales),
            g.constant(np.zeros(after, np.int8)), axis=1,
        )  # fmt: skip
        y = g.add("Gemm", x, weight, g.bias(scales))
        return g.rounded(g.add("Relu", y) if relu else y, 0 if relu else MIDDLE)

    def attend(self, x: str) -> str:
        """Round what the core returns."""
        return self.graph.rounded(super().attend(x))

    def sum(self, a: str, b: str) -> str:
        """Round the sum."""
        return self.graph.rounded(super().sum(a, b))


class QLinear(FloatGemm):
    """Linears as 1x1 QLinearConv, channels last; integers from end to end but in the core."""

    def __init__(self, tokens: int, width: int, heads: int) -> None:
        """Tokens are a one-dimensional image [1, tokens, width]."""
        super().__init__(tokens, width, heads)
        self.shape = (1, tokens, width)
        self.zero = MIDDLE

    def enter(self, x: str) -> str:
        """Quantise the input."""
        return self.graph.quantize(x)

    def linear(self, x: str, before: int, after: int, relu: bool = False) -> str:
        """Convolve with a kernel of one token."""
        weights = self.graph.weights(after, before)[:, :, None]
        zero_in, self.zero = self.zero, 0 if relu else MIDDLE
        return qlinear_conv(self.graph, x, weights, zero=self.zero, zero_in=zero_in)

    def attend(self, x: str) -> str:
        """Dequantise Q, K and V for the float core."""
        parts = [self.graph.dequantize(self.linear(x, self.width, self.width)) for _ in range(3)]
        mixed = self.graph.add("MultiHeadAttention", *parts, domain=MICROSOFT, num_heads=self.heads)
        return self.graph.quantize(mixed)

    def sum(self, a: str, b: str) -> str:
        """Add as integers."""
        levels = [self.graph.level() for _ in range(3)]
        return self.graph.add(
            "QLinearAdd", a, *levels[0], b, *levels[1], *levels[2], domain=MICROSOFT
        )

    def leave(self, x: str) -> str:
        """Dequantise the result."""
        return self.graph.dequantize(x)


class QAttention(QLinear):
    """The same with the three projections inside com.microsoft.QAttention: scores stay float."""

    def attend(self, x: str) -> str:
        """Project in int8 and mix in float, in one operator."""
        g = self.graph
        weights = np.concatenate([g.weights(self.width, self.width) for _ in range(3)])
        integers, scales = g.integer_weights(weights)
        scale, zero = g.level()
        zeros = g.constant(np.zeros(len(scales), np.int8))
        bias = g.constant(np.zeros(len(scales), np.float32))
        mixed = g.add(
            "QAttention", x, g.constant(integers.T), bias, scale, g.constant(scales), "", zero,
            zeros, domain=MICROSOFT, num_heads=self.heads,
        )  # fmt: skip
        return g.quantize(mixed)


FORMS: dict[str, type[FloatGemm]] = {
    "fp32: Gemm, MultiHeadAttention": FloatGemm,
    "fp32: MatMul, Softmax, MatMul, as torch exports it": FloatMatMul,
    "int8: Q/DQ around Gemm, float MultiHeadAttention": QdqGemm,
    "int8: 1x1 QLinearConv channels last, float MultiHeadAttention": QLinear,
    "int8: QAttention, 1x1 QLinearConv channels last": QAttention,
}
STOCK = "int8: torch's form after quantize_static with its defaults"


def forms(tokens: int, width: int, heads: int, depth: int = DEPTH) -> dict[str, bytes]:
    """Return all forms of the block by name."""
    made = {name: form(tokens, width, heads).build(depth) for name, form in FORMS.items()}
    made[STOCK] = quantize_static(FloatMatMul(tokens, width, heads).build(depth))
    return made


def quantize_static(content: bytes) -> bytes:
    """Return a model after ONNX Runtime's own quantisation, calibrated with random numbers."""
    from onnxruntime import quantization  # type: ignore[import-untyped]

    model = onnx.load_from_string(content)
    (port,) = model.graph.input
    shape = [axis.dim_value for axis in port.type.tensor_type.shape.dim]
    random = np.random.default_rng(0)

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            samples = random.standard_normal((8, *shape)).astype(np.float32)
            self.samples: Iterator[Any] = iter(samples)

        def get_next(self) -> dict[str, Any] | None:
            sample = next(self.samples, None)
            return None if sample is None else {port.name: sample}

    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "float.onnx"), Path(folder, "int8.onnx")
        source.write_bytes(content)
        quantization.quantize_static(source, result, Reader())
        return result.read_bytes()
