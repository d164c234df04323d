"""Single TFLite operators in the forms that LiteRT can run: float, int8, and int8 through float.

DEQUANTIZE, one float operator, QUANTIZE is what our writer emits: XNNPACK turns the three into a
table of 256 entries where it knows the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from edgeattn_converters.tflite.builder import Affine, Builder, Tensor

Shape = tuple[int, ...]
ACTIVATION = Affine((0.03,))
PROBABILITY = Affine((1 / 256,), -128)
TANH = Affine((1 / 128,))

FLOAT, INTEGER, THROUGH = "fp32", "int8 operator", "int8, float operator between Q/DQ"


def unary_forms(
    operator: str, shape: Shape, *, options: str | None = None, result: Affine = ACTIVATION,
    **fields: object,
) -> dict[str, bytes]:  # fmt: skip
    """Return the three forms of an operator with one input."""

    def form(name: str) -> bytes:
        b = Builder()
        x = b.tensor("x", shape, "float32" if name == FLOAT else "int8", _if(name, ACTIVATION))
        y = dequantized(b, x) if name == THROUGH else x
        inner = "int8" if name == INTEGER else "float32"
        affine = result if name == INTEGER else None
        y = b.add(operator, [y], b.tensor("y", shape, inner, affine), options, **fields)
        if name == THROUGH:
            y = quantized(b, y, result)
        return b.finish({"x": x}, {"y": y}, "")

    return {name: form(name) for name in (FLOAT, INTEGER, THROUGH)}


def sum_forms(shape: Shape) -> dict[str, bytes]:
    """Return the forms of a residual sum."""

    def form(name: str) -> bytes:
        b = Builder()
        dtype = "float32" if name == FLOAT else "int8"
        inputs = [b.tensor(port, shape, dtype, _if(name, ACTIVATION)) for port in "ab"]
        summands = [dequantized(b, x) for x in inputs] if name == THROUGH else inputs
        inner = b.tensor(
            "y", shape, "int8" if name == INTEGER else "float32",
            ACTIVATION if name == INTEGER else None,
        )  # fmt: skip
        y = b.add("ADD", summands, inner, "AddOptions")
        if name == THROUGH:
            y = quantized(b, y, ACTIVATION)
        return b.finish(dict(zip("ab", inputs, strict=True)), {"y": y}, "")

    return {name: form(name) for name in (FLOAT, INTEGER, THROUGH)}


def silu_forms(shape: Shape) -> dict[str, bytes]:
    """Return the forms of x * sigmoid(x)."""

    def form(name: str) -> bytes:
        b = Builder()
        x = b.tensor("x", shape, "float32" if name == FLOAT else "int8", _if(name, ACTIVATION))
        y = dequantized(b, x) if name == THROUGH else x
        inner = "int8" if name == INTEGER else "float32"
        affines = (PROBABILITY, ACTIVATION) if name == INTEGER else (None, None)
        gate = b.add("LOGISTIC", [y], b.tensor("gate", shape, inner, affines[0]))
        y = b.add("MUL", [y, gate], b.tensor("y", shape, inner, affines[1]), "MulOptions")
        if name == THROUGH:
            y = quantized(b, y, ACTIVATION)
        return b.finish({"x": x}, {"y": y}, "")

    return {name: form(name) for name in (FLOAT, INTEGER, THROUGH)}


def product_forms(heads: int, tokens: int, width: int) -> dict[str, bytes]:
    """Return q k' of each head: float, int8, and int8 with a zero-point XNNPACK refuses."""

    def form(dtype: str, zero: int) -> bytes:
        b = Builder()
        affines: tuple[Affine | None, ...] = (None, None, None)
        if dtype == "int8":
            affines = (Affine((0.02,)), Affine((0.02,), zero), Affine((0.05,)))
        rows = (1, heads, tokens, width)
        q, k = (b.tensor(n, rows, dtype, affine) for n, affine in zip("qk", affines, strict=False))
        y = b.tensor("y", (1, heads, tokens, tokens), dtype, affines[2])
        b.add("BATCH_MATMUL", [q, k], y, "BatchMatMulOptions", adjX=False, adjY=True)
        return b.finish({"q": q, "k": k}, {"y": y}, "")

    return {
        FLOAT: form("float32", 0),
        "int8, K's zero-point 0": form("int8", 0),
        "int8, K's zero-point 3": form("int8", 3),
    }


def dequantized(b: Builder, x: Tensor) -> Tensor:
    """Append DEQUANTIZE."""
    return b.add("DEQUANTIZE", [x], b.tensor("d", x.shape, "float32"), "DequantizeOptions")


def quantized(b: Builder, x: Tensor, affine: Affine) -> Tensor:
    """Append QUANTIZE."""
    return b.add("QUANTIZE", [x], b.tensor("q", x.shape, "int8", affine), "QuantizeOptions")


def _if(name: str, affine: Affine) -> Affine | None:
    return None if name == FLOAT else affine


UNARY: dict[str, Callable[[Shape], dict[str, bytes]]] = {
    "GELU": lambda shape: unary_forms("GELU", shape, options="GeluOptions"),
    "HARD_SWISH": lambda shape: unary_forms("HARD_SWISH", shape),
    "LOGISTIC": lambda shape: unary_forms("LOGISTIC", shape, result=PROBABILITY),
    "TANH": lambda shape: unary_forms("TANH", shape, result=TANH),
    "SiLU (LOGISTIC, MUL)": silu_forms,
    "ADD": sum_forms,
}


def softmax_forms(heads: int, tokens: int) -> dict[str, bytes]:
    """Return the forms of a softmax over scores [1, heads, tokens, tokens]."""
    beta: dict[str, Any] = {"beta": np.float32(1.0).item()}
    return unary_forms(
        "SOFTMAX", (1, heads, tokens, tokens), options="SoftmaxOptions", result=PROBABILITY, **beta
    )
