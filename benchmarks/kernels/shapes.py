"""What is measured: heads, tokens and head width of self-attention, batch 1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """One attention core.

    Attributes:
        heads: Heads.
        tokens: Queries, and as many keys.
        width: Of one head.
    """

    heads: int
    tokens: int
    width: int

    @property
    def name(self) -> str:
        """Return a column's head."""
        return f"{self.heads} x {self.tokens} x {self.width}"

    @property
    def dot_products(self) -> int:
        """Return how many AVX-512 dot-product instructions QK' and PV take, 64 products each."""
        return 2 * self.heads * self.tokens**2 * self.width // 64


LONG = Shape(4, 784, 32)
SHORT = (Shape(8, 64, 64), Shape(12, 128, 32), Shape(4, 196, 32), Shape(3, 197, 64))
SHAPES = (LONG, *SHORT, Shape(4, 1024, 64))
