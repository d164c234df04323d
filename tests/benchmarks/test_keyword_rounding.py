"""The page about keywords in int8, from figures that were made up."""

from __future__ import annotations

import pytest

from benchmarks.keyword_rounding import Row, page
from edgeattn_runtime.accuracy import Drop


@pytest.mark.parametrize(
    ("agreed", "high", "reached"), [(0.99, 0.9, True), (0.98, 0.9, False), (0.99, 1.0, False)]
)
def test_both_bars_must_be_reached(agreed: float, high: float, reached: bool) -> None:
    row = Row("keyword-cnn", "LiteRT", (0.99, 0.985), agreed, 30.0, Drop(0.5, -0.1, high))
    made = page([row], 600)
    assert made.bars[0].reached is reached
    assert "| keyword-cnn | LiteRT | 99.00% | 98.50% |" in made.tables[0].markdown()
