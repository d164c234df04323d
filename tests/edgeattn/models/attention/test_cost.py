"""The costs that the docstrings state are those that reports count: layers and products.

Products number by number, as gates are, are in the docstrings and in no report.
"""

from __future__ import annotations

import pytest

from edgeattn_converters.cost import total_macs
from tests.edgeattn.models.attention.test_export import exported
from tests.edgeattn.models.attention.variants import TOKENS, WIDTH


def multi_head(n: int, c: int) -> int:
    return 4 * n * c**2 + 2 * n**2 * c


def cross(n: int, c: int, m: int, d: int) -> int:
    return 2 * n * c**2 + 2 * m * c * d + 2 * n * m * c


def near(n: int, c: int, seen: int) -> int:
    return 4 * n * c**2 + 2 * n * seen * c


def linear(n: int, c: int, h: int) -> int:
    return 4 * n * c**2 + 2 * n * c**2 // h


def separable(n: int, c: int) -> int:
    return 3 * n * c**2 + n * c + n * c


def bahdanau(n: int, m: int, c: int, a: int) -> int:
    return (n + m) * c * a + n * m * a + n * m * c


def pruned(n: int, c: int, kept: int) -> int:
    return 3 * n * c**2 + kept * c**2 + 2 * n**2 * c


def merged(n: int, c: int, h: int, kept: int) -> int:
    even, odd = n - n // 2, n // 2
    return pruned(n, c, kept) + even * odd * c // h + 2 * odd * (n - kept) * c


N, C = TOKENS, WIDTH
COSTS = {
    "multi-head": multi_head(N, C),
    "cross": cross(N, C, m=7, d=8),
    "windowed": near(24, C, seen=6),
    "block-sparse": near(N, C, seen=3 * 3),
    "linear": linear(N, C, h=2),
    "separable": separable(N, C),
    "additive": 4 * N * C**2,
    "bahdanau": bahdanau(2, 7, C, a=8),
    "pruned": pruned(N, C, kept=6),
    "merged": merged(N, C, h=2, kept=9) + merged(9, C, h=2, kept=7),
    "early exit, first part": multi_head(N, C) + C * 4,
}


@pytest.mark.parametrize("name", COSTS)
def test_a_variant_costs_what_its_docstring_says(name: str) -> None:
    assert total_macs(exported(name)) == COSTS[name]
