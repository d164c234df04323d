"""Lengths, widths and numbers at their ends, 8-bit out, and how close it all is to floats."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.runtime.kernels import reference
from tests.runtime.kernels.cases import Case, plain

MOST_KEYS = 65536


def same(kernels: ModuleType, case: Case, **more: object) -> None:
    found = kernels.attention(case.q, case.k, case.v, **case.options, **more)
    np.testing.assert_array_equal(found, case.expected())


@pytest.mark.parametrize("width", [*range(1, 37), 47, 48, 63, 65, 96, 127, 160, 255, 256])
def test_any_width_is_computed_to_the_bit(
    kernels: ModuleType, instruction_set: str, width: int
) -> None:
    same(kernels, plain(1, 5, 37, width, seed=width))


@pytest.mark.parametrize("queries", [1, 2, 3, 7, 8, 9, 15])
@pytest.mark.parametrize("keys", [1, 3, 4, 15, 16, 17, 47, 49, 63, 65, 97])
def test_any_length_is_computed_to_the_bit(
    kernels: ModuleType, instruction_set: str, queries: int, keys: int
) -> None:
    same(kernels, plain(2, queries, keys, 20, seed=keys))


@pytest.mark.parametrize("lengths", [(0, 2, 5, 7), (1, 0, 5, 7), (1, 2, 0, 7)])
def test_no_rows_are_no_work(kernels: ModuleType, lengths: tuple[int, ...]) -> None:
    batch, heads, queries, keys = lengths
    q = np.zeros((batch, heads, queries, 8), np.int8)
    k = np.zeros((batch, heads, keys, 8), np.int8)
    assert kernels.attention(q, k, k, score_scale=1.0).shape == (batch, heads, queries, 8)


def test_rows_without_keys_are_zeros(kernels: ModuleType, instruction_set: str) -> None:
    q, k = np.ones((1, 2, 9, 8), np.int8), np.zeros((1, 2, 0, 8), np.int8)
    found = kernels.attention(q, k, k, score_scale=1.0, zero_points=(0, 0, 5))
    np.testing.assert_array_equal(found, np.zeros((1, 2, 9, 8), np.float32))


@pytest.mark.parametrize("masking", [-np.inf, np.nan, -1e30])
@pytest.mark.parametrize("planes", [1, 2])
def test_a_row_whose_keys_are_all_masked_is_zeros(
    kernels: ModuleType, instruction_set: str, planes: int, masking: float
) -> None:
    case = plain(2, 9, 20, 8)
    mask = np.ones((1, 20), np.uint8)
    bias = np.zeros((9, 20), np.float32)
    bias[3] = masking
    options = case.options | {"zero_points": (3, 4, 5), "planes": planes}
    found = kernels.attention(case.q, case.k, case.v, **options, bias=bias)
    assert not found[:, :, 3].any()
    assert np.isfinite(found).all()
    assert found[:, :, 4].any()
    found = kernels.attention(case.q, case.k, case.v, **options, key_mask=0 * mask)
    assert not found.any()
    found = kernels.attention(case.q, case.k, case.v, **options, causal=True, causal_offset=-4)
    assert not found[:, :, :4].any()
    assert found[:, :, 4].any()


def test_a_masked_row_in_8_bits_is_the_zero_point(
    kernels: ModuleType, instruction_set: str
) -> None:
    case = plain(1, 4, 20, 8)
    found = kernels.attention(
        case.q, case.k, case.v, **case.options,
        key_mask=np.zeros((1, 20), np.uint8), quantized=kernels.Quantized(0.1, -7),
    )  # fmt: skip
    np.testing.assert_array_equal(found, np.full((1, 1, 4, 8), -7, np.int8))


@pytest.mark.parametrize("scale", [1e-30, 1e-8, 1e-4, 1.0, 1e30])
@pytest.mark.parametrize("planes", [1, 2])
def test_masks_hold_at_any_score_scale(
    kernels: ModuleType, instruction_set: str, scale: float, planes: int
) -> None:
    case = plain(1, 9, 40, 8)
    mask = (np.arange(40) < 21).astype(np.uint8)[None]
    bias = np.where(np.arange(40) % 2, -np.inf, 0).astype(np.float32)[None]
    bias[:, 1] = np.nan
    options = {"score_scale": np.float32(scale), "v_scale": np.float32(1), "planes": planes}
    hidden = {"key_mask": mask, "bias": bias}
    found = kernels.attention(case.q, case.k, case.v, **options, **hidden)
    covered = (mask[0] == 0) | (np.arange(40) % 2 == 1)
    other = np.where(covered, 99, case.v.swapaxes(2, 3)).swapaxes(2, 3)
    again = kernels.attention(case.q, case.k, other.astype(np.int8), **options, **hidden)
    np.testing.assert_array_equal(found, again)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("planes", [1, 2])
@pytest.mark.parametrize("value", [-128, 127])
def test_the_longest_row_of_the_largest_numbers_does_not_overflow(
    kernels: ModuleType, instruction_set: str, planes: int, value: int
) -> None:
    q, k = np.full((1, 1, 2, 4), -128, np.int8), np.full((1, 1, MOST_KEYS, 4), -128, np.int8)
    v = np.full((1, 1, MOST_KEYS, 3), value, np.int8)
    options = {"score_scale": np.float32(0.01), "v_scale": np.float32(1), "planes": planes}
    found = kernels.attention(q, k, v, **options)
    # All weights are the largest, so the mean is the value itself: three roundings in float32.
    np.testing.assert_allclose(found, value, rtol=3 * 2.0**-24)


@pytest.mark.parametrize("signs", [(-128, -128), (127, -128), (-128, 127), (127, 127)])
@pytest.mark.parametrize("zero_point", [-128, 0, 127])
def test_saturated_inputs_are_computed_to_the_bit(
    kernels: ModuleType, instruction_set: str, signs: tuple[int, int], zero_point: int
) -> None:
    random = np.random.default_rng(0)
    q, k = (np.full((1, 1, 9, 256), sign, np.int8) for sign in signs)
    k[:, :, ::2] = random.choice([-128, 127], k[:, :, ::2].shape)
    v = random.choice([-128, 127], (1, 1, 9, 256)).astype(np.int8)
    options = {
        "score_scale": np.float32(1e-5),
        "v_scale": np.float32(0.5),
        "zero_points": (zero_point, -zero_point - 1, zero_point),
    }
    same(kernels, Case(q, k, v, options))


def test_16384_tokens_take_no_matrix_of_all_pairs(kernels: ModuleType) -> None:
    """The whole matrix in int32 would be 1 GB; what is reserved grows with the tokens alone."""
    random = np.random.default_rng(0)
    q, k, v = (random.integers(-90, 91, (1, 1, 16384, 16)).astype(np.int8) for _ in range(3))
    few = np.ascontiguousarray(q[:, :, ::1024])
    options = {"score_scale": np.float32(5e-4), "v_scale": np.float32(0.02)}
    found = kernels.attention(q, k, v, **options, threads=2)
    np.testing.assert_array_equal(found[:, :, ::1024], Case(few, k, v, options).expected())


@pytest.mark.parametrize(("dtype", "lowest"), [("int8", -128), ("uint8", 0)])
def test_8_bit_out_rounds_half_to_even_and_saturates(
    kernels: ModuleType, instruction_set: str, dtype: str, lowest: int
) -> None:
    # One key each: out is v itself, times v_scale / scale, which is one half.
    v = np.arange(-128, 128, dtype=np.int8).reshape(1, 1, 1, 256)
    q = np.zeros((1, 1, 1, 256), np.int8)
    zero_point = lowest + 100
    found = kernels.attention(
        q, q, v, score_scale=1.0, v_scale=2.0, quantized=kernels.Quantized(4.0, zero_point, dtype)
    )
    wanted = np.rint(np.arange(-128, 128) / 2) + zero_point
    np.testing.assert_array_equal(found[0, 0, 0], wanted.clip(lowest, lowest + 255).astype(dtype))
    found = kernels.attention(
        q, q, v, score_scale=1.0, v_scale=2.0, quantized=kernels.Quantized(0.01, zero_point, dtype)
    )
    assert found.min() == lowest
    assert found.max() == lowest + 255


@pytest.mark.parametrize("seed", range(3))
def test_8_bit_out_is_the_float_rounded(
    kernels: ModuleType, instruction_set: str, seed: int
) -> None:
    case = plain(2, 9, 70, 40, seed=seed)
    scale = np.float32(0.03)
    found = kernels.attention(
        case.q, case.k, case.v, **case.options, quantized=kernels.Quantized(float(scale), 3)
    )
    # The division by the scale comes before the sum, so a level may tip over at exactly one half.
    distance = np.abs(found - 3 - case.expected() / scale)
    assert distance.max() <= 0.5 + 1e-4


def test_one_scale_per_head_is_that_heads_own(kernels: ModuleType, instruction_set: str) -> None:
    case = plain(3, 9, 40, 16)
    scales = {
        "score_scale": np.array([1e-4, 1e-3, 1e-2], np.float32),
        "v_scale": np.array([1, 2, 3], np.float32),
    }
    same(kernels, Case(case.q, case.k, case.v, scales))


@pytest.mark.parametrize(("planes", "least_db"), [(1, 38), (2, 60)])
def test_the_arithmetic_is_close_to_float_softmax_of_the_same_integers(
    kernels: ModuleType, planes: int, least_db: float
) -> None:
    """256 keys, logits with a deviation of 1, values around 0, where no common part hides an error.

    One plane: an index steps by 6.25 / 255, 0.7 % of a weight, or 43 dB; and the largest weight is
    254, so the typical one, 3 below the maximum, is about 13 +- 0.3, or 33 dB for that one alone.
    """
    case = plain(4, 64, 256, 32)
    options: dict[str, Any] = case.options | {"score_scale": case.options["score_scale"] / 2}
    found = kernels.attention(case.q, case.k, case.v, **options, planes=planes)
    real = reference.real(case.q, case.k, case.v, **options)
    assert reference.sqnr_db(real, found) >= least_db


def test_two_planes_keep_long_rows_with_sharp_peaks(kernels: ModuleType) -> None:
    """4096 keys, the peak 9 above the rest: one plane drops the rest, half of the weight."""
    random = np.random.default_rng(0)
    q = np.full((1, 1, 16, 16), 100, np.int8)
    k = random.normal(0, 5, (1, 1, 4096, 16)).clip(-127, 127).astype(np.int8)
    k[:, :, 7] = 100
    v = random.normal(20, 30, (1, 1, 4096, 16)).clip(-127, 127).astype(np.int8)
    options: dict[str, Any] = {
        "score_scale": np.float32(9 / (16 * 100 * 100)),
        "v_scale": np.float32(0.01),
    }
    real = reference.real(q, k, v, **options)
    one, two = (kernels.attention(q, k, v, **options, planes=planes) for planes in (1, 2))
    assert reference.sqnr_db(real, one) < 20
    assert reference.sqnr_db(real, two) >= 30
