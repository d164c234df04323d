"""An attention core in int8 on ONNX Runtime: QK' and PV as MatMulIntegerToFloat, softmax in float.

The forms differ between the projections' integer input and the integers that the next layer reads.
"""

from __future__ import annotations

import numpy as np

from benchmarks.onnx_attention import QAttention, QLinear
from benchmarks.onnx_graph import MICROSOFT, MIDDLE, STEP

PROBABILITY = 1 / 256


class IntegerCore(QLinear):
    """Projections in int8, K and V signed: what VNNI multiplies."""

    signed = True

    def attend(self, x: str) -> str:
        """Mix the heads in int8, moved apart as integers."""
        g = self.graph
        unsigned = (np.uint8, MIDDLE)
        side = (np.int8, 0) if self.signed else unsigned
        query = self.apart(self.linear(x, self.width, self.width), [0, 2, 1, 3])
        key = self.apart(self.rounded(x, *side), [0, 2, 3, 1])
        value = self.apart(self.rounded(x, *side), [0, 2, 1, 3])
        scores = self.product(query, key, STEP, unsigned, side)
        weights = g.add(
            "QuantizeLinear", g.add("Softmax", scores, axis=-1),
            g.constant(PROBABILITY), g.constant(np.uint8(0)),
        )  # fmt: skip
        mixed = g.quantize(self.product(weights, value, PROBABILITY, (np.uint8, 0), side))
        return g.reshape(g.add("Transpose", mixed, perm=[0, 2, 1, 3]), *self.shape)

    def rounded(self, x: str, dtype: type, zero: int) -> str:
        """Project to float, then quantise with the type that the product wants."""
        g = self.graph
        integers, scales = g.integer_weights(g.weights(self.width, self.width))
        scale, middle = g.level()
        made = g.add(
            "MatMulIntegerToFloat", x, g.constant(integers.T), scale, g.constant(scales), middle,
            g.constant(np.zeros(len(scales), np.int8)),
            g.constant(np.zeros(len(scales), np.float32)), domain=MICROSOFT,
        )  # fmt: skip
        return g.quantize(made, zero, dtype)

    def apart(self, x: str, axes: list[int]) -> str:
        """[1, tokens, width] -> heads apart."""
        each = self.width // self.heads
        heads = self.graph.reshape(x, 1, self.tokens, self.heads, each)
        return self.graph.add("Transpose", heads, perm=axes)

    def product(
        self, a: str, b: str, step: float, left: tuple[type, int], right: tuple[type, int]
    ) -> str:
        """Multiply integers head by head; `step` is what one of `a` is worth."""
        g = self.graph
        zeros = [g.constant(np.asarray(zero, dtype)) for dtype, zero in (left, right)]
        return g.add(
            "MatMulIntegerToFloat", a, b, g.constant(step), g.constant(STEP), *zeros,
            domain=MICROSOFT,
        )  # fmt: skip


class UnsignedCore(IntegerCore):
    """The same with K and V unsigned, which VNNI's kernel does not take."""

    signed = False


FORMS: dict[str, type[QLinear]] = {
    "int8 projections, float core: QAttention": QAttention,
    "int8 projections, float core: MultiHeadAttention": QLinear,
    "int8 core: MatMulIntegerToFloat, K and V signed": IntegerCore,
    "int8 core: MatMulIntegerToFloat, K and V unsigned": UnsignedCore,
}


def core_forms(tokens: int, width: int, heads: int) -> dict[str, bytes]:
    """Return one block in every form, by name."""
    return {name: form(tokens, width, heads).build(1) for name, form in FORMS.items()}
