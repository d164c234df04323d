"""Strides, views and repeated axes; several threads that share the work."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from tests.runtime.kernels.cases import Case, plain
from tests.runtime.kernels.reference import Array


def strided(array: Array) -> Array:
    """Return the same tensor as a view of [batch, rows, heads, width], from an odd address."""
    batch, heads, rows, width = array.shape
    memory = np.zeros(array.size + 3, array.dtype)[3:].reshape(batch, rows, heads, width)
    view = memory.transpose(0, 2, 1, 3)
    view[...] = array
    return view


@pytest.mark.parametrize("width", [20, 32, 33])
def test_tokens_before_heads_are_read_and_written_in_place(
    kernels: ModuleType, instruction_set: str, width: int
) -> None:
    case = plain(3, 19, 37, width)
    out = np.full((1, 19, 3, width), np.nan, np.float32).transpose(0, 2, 1, 3)
    views = [strided(array) for array in (case.q, case.k, case.v)]
    found = kernels.attention(*views, **case.options, out=out)
    assert found is out
    np.testing.assert_array_equal(out, case.expected())


def test_views_that_no_stride_can_tell_are_copied(kernels: ModuleType) -> None:
    """Rows backwards, gaps inside of a row, floats between other bytes, a mask of big numbers."""
    case = plain(2, 9, 20, 8)
    scales = np.array([1e-3, 9, 2e-3, 9], np.float32)[::2]
    packed = np.zeros(9 * 20, [("before", "u1"), ("bias", "f4")])
    packed["bias"] = np.random.default_rng(0).normal(0, 2, 180)
    mask = np.where(np.arange(20) % 3, 256, 0)[None]
    options = case.options | {"score_scale": scales}
    expected = kernels.attention(
        case.q, case.k, case.v, **options | {"score_scale": scales.copy()},
        bias=packed["bias"].copy().reshape(9, 20), key_mask=(mask != 0).astype(np.uint8),
    )  # fmt: skip
    found = kernels.attention(
        case.q[:, :, ::-1].copy()[:, :, ::-1], case.k.repeat(2, axis=3)[..., ::2],
        case.v[..., ::-1].copy()[..., ::-1], **options,
        bias=packed["bias"].reshape(9, 20), key_mask=mask,
    )  # fmt: skip
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("threads", [2, 3, 64])
def test_threads_do_not_change_a_bit(kernels: ModuleType, threads: int) -> None:
    case = plain(3, 67, 50, 16)
    found = kernels.attention(case.q, case.k, case.v, **case.options, threads=threads)
    np.testing.assert_array_equal(found, case.expected())


def test_the_parts_of_a_callers_pool_make_up_the_whole(kernels: ModuleType) -> None:
    from edgeattn_kernels.attention import prepare

    case = plain(3, 67, 50, 16)
    out = np.full(case.q.shape, np.nan, np.float32)
    for part in range(5):
        prepared = prepare(case.q, case.k, case.v, **case.options, out=out)
        prepared.call.part, prepared.call.part_count = part, 5
        prepared.run()
    np.testing.assert_array_equal(out, case.expected())


@pytest.mark.parametrize("broadcast", [(1, 1, 1, 70), (1, 3, 9, 1), (1, 3, 9, 70)])
def test_a_bias_may_repeat_along_any_axis(
    kernels: ModuleType, instruction_set: str, broadcast: tuple[int, ...]
) -> None:
    case = plain(3, 9, 70, 16)
    bias = np.random.default_rng(0).normal(0, 2, broadcast).astype(np.float32)
    found = kernels.attention(case.q, case.k, case.v, **case.options, bias=bias)
    full = np.broadcast_to(bias, (1, 3, 9, 70))
    options = case.options | {"bias": full}
    np.testing.assert_array_equal(found, Case(case.q, case.k, case.v, options).expected())
