"""Find what products of two activations read on their right: K and V.

XNNPACK refuses a zero-point there. ONNX Runtime takes any, but its fast kernel multiplies unsigned
by signed: QK' and PV with u8 on both sides make an attention take 1.1-1.3x
the time (`python -m benchmarks.engine_forms`), so K and V stay signed where nothing else needs
them unsigned.
"""

from __future__ import annotations

from torch import fx

from edgeattn_converters.operands import tensor
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.placement import readers, root, source

FREE = frozenset({"linear", "gemm", "matmul"})
"""Kinds that, in int8, can hand a float result on: whoever quantises it chooses the type."""


def right_operands(int8: set[fx.Node]) -> set[fx.Node]:
    """Return the values that int8 products read on their right, before any view."""
    return {root(tensor(node, 1)) for node in int8 if kind(node) == "matmul"}


def only_right_operands(int8: set[fx.Node]) -> set[fx.Node]:
    """Return those of them that no other int8 operator reads or must write as int8 itself."""
    return {
        value
        for value in right_operands(int8)
        if (source(value) not in int8 or kind(source(value)) in FREE)
        and all(_on_the_right(user, value) for user in readers(value) if user in int8)
    }


def _on_the_right(product: fx.Node, value: fx.Node) -> bool:
    return kind(product) == "matmul" and root(tensor(product, 0)) is not value
