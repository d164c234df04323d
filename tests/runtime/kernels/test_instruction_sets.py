"""Every instruction set computes the same bits as the reference in NumPy."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from tests.runtime.kernels.cases import drawn, plain

SEEDS = range(40)


@pytest.mark.parametrize(
    ("heads", "queries", "keys", "width"),
    [(4, 64, 64, 64), (2, 196, 196, 32), (1, 197, 197, 64), (3, 9, 31, 20)],
)
def test_the_usual_shapes_are_computed_to_the_bit(
    kernels: ModuleType, instruction_set: str, heads: int, queries: int, keys: int, width: int
) -> None:
    case = plain(heads, queries, keys, width)
    found = kernels.attention(case.q, case.k, case.v, **case.options)
    np.testing.assert_array_equal(found, case.expected(), err_msg=instruction_set)


@pytest.mark.parametrize("seed", SEEDS)
def test_drawn_shapes_types_and_options_are_computed_to_the_bit(
    kernels: ModuleType, instruction_set: str, seed: int
) -> None:
    case = drawn(seed)
    found = kernels.attention(case.q, case.k, case.v, **case.options)
    np.testing.assert_array_equal(found, case.expected(), err_msg=instruction_set)


def test_the_draw_reaches_every_option() -> None:
    options = [drawn(seed).options for seed in SEEDS]
    for name in ("key_mask", "bias", "causal"):
        assert 0 < sum(name in drawn_options for drawn_options in options) < len(SEEDS)
    assert {drawn_options["planes"] for drawn_options in options} == {1, 2}
