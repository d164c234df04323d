"""LayerNorm into 8 bits, against its arithmetic in NumPy bit for bit and against float64."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.runtime.kernels.layer_norm_reference import exact as twin

Array = NDArray[Any]
WIDTHS = [1, 2, 15, 16, 17, 64, 192, 200, 1023, 1024, 1025, 2100]


def rows(width: int, dtype: str, seed: int = 0) -> Array:
    random = np.random.default_rng(seed)
    if dtype == "uint8":
        return random.integers(0, 256, (7, width)).astype(np.uint8)
    return (random.standard_normal((7, width)) * 3 + 1).astype(np.float32)


@pytest.mark.parametrize("affine", [False, True], ids=["plain", "affine"])
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_instruction_set_equals_the_twin_bit_for_bit(
    kernels: ModuleType, instruction_set: str, width: int, dtype: str, affine: bool
) -> None:
    x = rows(width, dtype, seed=width)
    options: dict[str, Any] = {"y_scale": 0.02, "y_zero_point": 119}
    if dtype == "uint8":
        options |= {"x_scale": 0.031, "x_zero_point": 77}
    if affine:
        random = np.random.default_rng(width)
        options["gamma"] = random.normal(1, 0.3, width).astype(np.float32)
        options["beta"] = random.normal(0, 0.3, width).astype(np.float32)
    np.testing.assert_array_equal(kernels.layer_norm(x, **options), twin(x, **options))


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_levels_are_within_rounding_of_float64(kernels: ModuleType, dtype: str) -> None:
    x = rows(192, dtype)
    real = x.astype(np.float64) if dtype == "float32" else (x - 77.0) * 0.031
    exact = real - real.mean(1, keepdims=True)
    exact /= np.sqrt((exact**2).mean(1, keepdims=True) + 1e-5)
    y = kernels.layer_norm(x, y_scale=0.02, y_zero_point=119, x_scale=0.031, x_zero_point=77)
    bounded = np.clip(exact / 0.02, -119, 136)
    # Half a step, and float32's rounding of numbers up to 136 of them.
    assert np.abs(y - 119.0 - bounded).max() < 0.5 + 1e-3


@pytest.mark.parametrize("parts", [2, 3, 7, 9])
def test_parts_write_their_rows_and_no_others(kernels: ModuleType, parts: int) -> None:
    x = rows(40, "float32")
    np.testing.assert_array_equal(
        kernels.layer_norm(x, y_scale=0.02, y_zero_point=128, parts=parts),
        kernels.layer_norm(x, y_scale=0.02, y_zero_point=128),
    )


def test_a_row_of_one_value_gives_zeros_and_a_row_with_nan_the_lowest_step(
    kernels: ModuleType, instruction_set: str
) -> None:
    x = np.full((3, 50), 7.25, np.float32)
    x[1, 20] = np.nan
    x[2, 20] = np.inf
    y = kernels.layer_norm(x, y_scale=0.02, y_zero_point=128)
    np.testing.assert_array_equal(y, np.repeat([[128], [0], [0]], 50, axis=1))


def test_an_outlier_of_float_saturates(kernels: ModuleType, instruction_set: str) -> None:
    x = np.zeros((1, 400), np.float32)
    x[0, 3] = 1e15
    y = kernels.layer_norm(x, y_scale=0.02, y_zero_point=128)
    assert y[0, 3] == 255
    np.testing.assert_array_equal(y, twin(x, y_scale=0.02, y_zero_point=128))


@pytest.mark.parametrize("shape", [(0, 8), (5, 0)])
def test_nothing_to_do_is_fine(kernels: ModuleType, shape: tuple[int, int]) -> None:
    assert kernels.layer_norm(np.zeros(shape, np.float32), y_scale=0.1).shape == shape


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"y_scale": 0.0}, "positive normal float"),
        ({"y_scale": math.nan}, "positive normal float"),
        ({"epsilon": 0.0}, "positive normal float"),
        ({"epsilon": 1e-30, "y_scale": 1e-30}, "positive normal float"),
        ({"x_scale": -1.0}, "positive normal float"),
        ({"x_zero_point": 300}, "zero point"),
        ({"y_zero_point": -1}, "zero point"),
    ],
)
def test_what_makes_no_sense_is_refused(
    kernels: ModuleType, change: dict[str, Any], said: str
) -> None:
    options = {"y_scale": 0.1, **change}
    with pytest.raises(kernels.Refused, match=said):
        kernels.layer_norm(rows(8, "uint8"), **options)


def test_arrays_that_do_not_fit_are_refused_before_the_library_is_asked(
    kernels: ModuleType,
) -> None:
    with pytest.raises(ValueError, match="uint8 or float32"):
        kernels.layer_norm(np.zeros((2, 8)), y_scale=0.1)
    with pytest.raises(ValueError, match="gamma and beta"):
        kernels.layer_norm(rows(8, "uint8"), y_scale=0.1, gamma=np.ones(7, np.float32))
