"""Functions of one number: the table against Python's own arithmetic, looked up everywhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "gelu": lambda x: 0.5 * x * (1 + math.erf(x * math.sqrt(0.5))),
    "hardswish": lambda x: x * min(max(x + 3, 0.0), 6.0) / 6,
    "silu": lambda x: x / (1 + math.exp(-x)),
}
LEVELS = [(0.05, 128, 0.03, 20), (0.01, 0, 0.004, 0), (0.11, 255, 0.7, 255), (1e-3, 7, 1e-4, 99)]
REFUSED = [
    (("relu", 0.1, 0, 0.1, 0), "offered"),
    (("gelu", 0.0, 0, 0.1, 0), "positive normal float"),
    (("gelu", math.nan, 0, 0.1, 0), "positive normal float"),
    (("silu", 0.1, 0, math.inf, 0), "positive normal float"),
    (("silu", 0.1, 0, 1e-40, 0), "positive normal float"),
    (("silu", 0.1, 256, 0.1, 0), "zero point"),
    (("silu", 0.1, 0, 0.1, -1), "zero point"),
]


def twin(function: str, x_scale: float, x_zero: int, y_scale: float, y_zero: int) -> list[int]:
    """The entries by Python's floats; `round` goes half to even, as the library does."""
    steps = (float(np.float32(x_scale)), float(np.float32(y_scale)))
    reals = [(x - x_zero) * steps[0] for x in range(256)]
    return [min(max(round(FUNCTIONS[function](x) / steps[1]) + y_zero, 0), 255) for x in reals]


@pytest.mark.parametrize("levels", LEVELS, ids=str)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_table_holds_the_function_rounded_once(
    kernels: ModuleType, function: str, levels: tuple[float, int, float, int]
) -> None:
    assert kernels.make_table(function, *levels).tolist() == twin(function, *levels)


def test_a_steep_table_saturates_at_both_ends(kernels: ModuleType) -> None:
    # -0.37 is hardswish's lowest value: a third of a step of 1.1 is 0, 3700 steps of 1e-4 are not.
    table = kernels.make_table("hardswish", 0.1, 128, 1e-4, 100)
    assert table.min() == 0
    assert table[-1] == 255


@pytest.mark.parametrize(("call", "said"), REFUSED, ids=str)
def test_levels_that_make_no_sense_are_refused(
    kernels: ModuleType, call: tuple[str, float, int, float, int], said: str
) -> None:
    with pytest.raises(kernels.Refused, match=said):
        kernels.make_table(*call)


@pytest.mark.parametrize("start", [0, 1, 13])
@pytest.mark.parametrize("count", [0, 1, 15, 16, 31, 33, 63, 64, 65, 127, 128, 200, 1000])
def test_every_instruction_set_looks_up_the_same_entries(
    kernels: ModuleType, instruction_set: str, count: int, start: int
) -> None:
    random = np.random.default_rng(count)
    table = random.permutation(256).astype(np.uint8)
    x = random.integers(0, 256, start + count).astype(np.uint8)[start:]  # at an odd address
    np.testing.assert_array_equal(kernels.look_up(table, x), table[x])


def test_all_entries_are_reached_by_every_instruction_set(
    kernels: ModuleType, instruction_set: str
) -> None:
    table = np.arange(256)[::-1].astype(np.uint8)
    x = np.arange(256).astype(np.uint8)
    np.testing.assert_array_equal(kernels.look_up(table, x), table)


def test_what_is_no_table_is_refused(kernels: ModuleType) -> None:
    with pytest.raises(ValueError, match="table of 256"):
        kernels.look_up(np.zeros(255, np.uint8), np.zeros(4, np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        kernels.look_up(np.zeros(256, np.uint8), np.zeros(4, np.int8))
