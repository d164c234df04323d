"""What the library refuses, by status; nothing of it may be read or written."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.runtime.kernels.cases import plain

HEADER = Path(__file__).parents[3] / "runtime" / "kernels" / "include" / "edgeattn_kernels.h"
STATUS = {
    name: int(number)
    for name, number in re.findall(
        r"EDGEATTN_([A-Z_]+) = (\d+)", HEADER.read_text().split("} edgeattn_status;")[0]
    )
}
HUGE = 2**62


def prepared(**options: Any) -> Any:
    from edgeattn_kernels.attention import prepare

    case = plain(2, 9, 20, 8)
    return prepare(case.q, case.k, case.v, **(case.options | options))


def status_of(kernels: ModuleType, call: Any) -> int:
    with pytest.raises(kernels.Refused) as caught:
        call.run()
    return int(caught.value.status)


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("size", 8, "BAD_STRUCT"),
        ("size", 10**6, "BAD_STRUCT"),
        ("q.data", None, "NULL_POINTER"),
        ("k.data", None, "NULL_POINTER"),
        ("v.data", None, "NULL_POINTER"),
        ("out", None, "NULL_POINTER"),
        ("score_scales", None, "NULL_POINTER"),
        ("v_scales", None, "NULL_POINTER"),
        ("batch", -1, "BAD_LENGTH"),
        ("heads", -1, "BAD_LENGTH"),
        ("queries", -1, "BAD_LENGTH"),
        ("keys", -1, "BAD_LENGTH"),
        ("batch", HUGE, "BAD_LENGTH"),
        ("queries", HUGE, "BAD_LENGTH"),
        ("keys", 65537, "TOO_MANY_KEYS"),
        ("keys", HUGE, "TOO_MANY_KEYS"),
        ("width", 0, "BAD_WIDTH"),
        ("width", 257, "BAD_WIDTH"),
        ("value_width", 0, "BAD_WIDTH"),
        ("value_width", 257, "BAD_WIDTH"),
        ("kv_heads", 0, "BAD_HEADS"),
        ("kv_heads", -2, "BAD_HEADS"),
        ("kv_heads", 3, "BAD_HEADS"),
        ("q.row_stride", -1, "BAD_STRIDE"),
        ("k.head_stride", -8, "BAD_STRIDE"),
        ("v.row_stride", HUGE, "BAD_STRIDE"),
        ("out_row_stride", 7, "BAD_STRIDE"),
        ("out_head_stride", 0, "BAD_STRIDE"),
        ("out_head_stride", 8, "BAD_STRIDE"),  # the second head's first row is the first's second
        ("out_head_stride", 71, "BAD_STRIDE"),
        ("out_head_stride", -72, "BAD_STRIDE"),
        ("bias_row_stride", HUGE, "BAD_STRIDE"),
        ("score_scale_count", 3, "BAD_SCALE"),
        ("v_scale_count", 0, "BAD_SCALE"),
        ("q.zero_point", 128, "BAD_ZERO_POINT"),
        ("k.zero_point", -129, "BAD_ZERO_POINT"),
        ("q.type", 2, "BAD_TYPE"),
        ("v.type", -1, "BAD_TYPE"),
        ("out_type", 3, "BAD_TYPE"),
        ("planes", 0, "BAD_OPTION"),
        ("planes", 3, "BAD_OPTION"),
        ("threads", -1, "BAD_OPTION"),
        ("threads", 257, "BAD_OPTION"),
        ("part", 1, "BAD_OPTION"),
        ("part", -1, "BAD_OPTION"),
        ("part_count", -1, "BAD_OPTION"),
    ],
)
def test_a_wrong_field_is_refused(
    kernels: ModuleType, field: str, value: int | None, status: str
) -> None:
    call = prepared(bias=np.zeros((9, 20), np.float32))
    owner, _, name = field.rpartition(".")
    setattr(getattr(call.call, owner) if owner else call.call, name, value)
    call.out[...] = 7
    assert status_of(kernels, call) == STATUS[status]
    np.testing.assert_array_equal(call.out, np.full_like(call.out, 7))


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf, 1e-42])
@pytest.mark.parametrize("which", ["score_scale", "v_scale"])
def test_a_scale_that_is_no_positive_normal_number_is_refused(
    kernels: ModuleType, which: str, scale: float
) -> None:
    assert status_of(kernels, prepared(**{which: [0.1, scale]})) == STATUS["BAD_SCALE"]


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf, 1e-38])
def test_an_out_scale_that_no_level_fits_is_refused(kernels: ModuleType, scale: float) -> None:
    call = prepared(quantized=kernels.Quantized(scale), v_scale=1e30)
    assert status_of(kernels, call) == STATUS["BAD_SCALE"]


def test_an_out_zero_point_outside_its_type_is_refused(kernels: ModuleType) -> None:
    call = prepared(quantized=kernels.Quantized(0.1, -1, "uint8"))
    assert status_of(kernels, call) == STATUS["BAD_ZERO_POINT"]


def test_no_struct_is_refused(kernels: ModuleType) -> None:
    found = ctypes.CDLL(str(kernels.library())).edgeattn_attend(None)
    assert found == STATUS["NULL_POINTER"]


def test_every_status_has_a_sentence_of_its_own(kernels: ModuleType) -> None:
    from edgeattn_kernels.loading import status_text

    texts = {name: status_text(number) for name, number in STATUS.items()}
    assert len(set(texts.values())) == len(STATUS) == 14
    assert status_text(99) == "an unknown status"


def test_the_largest_numbers_of_the_header_are_those_of_the_check(kernels: ModuleType) -> None:
    text = HEADER.read_text()
    assert "EDGEATTN_LARGEST_KEYS 65536" in text
    assert "EDGEATTN_LARGEST_WIDTH 256" in text


@pytest.mark.parametrize(
    "shapes",
    [((1, 2, 9, 8), (1, 2, 20, 7), (1, 2, 20, 8)), ((1, 2, 9, 8), (1, 2, 20, 8), (1, 2, 21, 8))],
)
def test_shapes_that_do_not_belong_together_are_refused(
    kernels: ModuleType, shapes: tuple[tuple[int, ...], ...]
) -> None:
    q, k, v = (np.zeros(shape, np.int8) for shape in shapes)
    with pytest.raises(ValueError, match="do not belong together"):
        kernels.attention(q, k, v, score_scale=1.0)


@pytest.mark.parametrize("dtype", [np.float64, np.int8, np.dtype(np.float32).newbyteorder()])
def test_out_of_another_type_is_refused(kernels: ModuleType, dtype: Any) -> None:
    with pytest.raises(ValueError, match="out is "):
        prepared(out=np.zeros((1, 2, 9, 8), dtype))


def test_out_that_the_library_would_write_beside_is_refused(kernels: ModuleType) -> None:
    whole = np.zeros((1, 2, 9, 16), np.float32)
    constant = whole[..., :8].copy()
    constant.flags.writeable = False
    backwards, gaps = whole[..., 7::-1], whole[..., ::2]
    rows_backwards = whole[:, :, ::-1, :8]
    for out in (constant, backwards, gaps, rows_backwards):
        with pytest.raises(ValueError, match="out cannot be written"):
            prepared(out=out)


@pytest.mark.parametrize(
    "options",
    [
        {"planes": 2**32 + 1},
        {"threads": 2**32 + 1},
        {"causal": True, "causal_offset": 2**64},
        {"zero_points": (2**32, 0, 0)},
    ],
)
def test_a_number_that_its_field_would_cut_is_refused(
    kernels: ModuleType, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="does not fit into its field"):
        prepared(**options)
    with pytest.raises(ValueError, match="does not fit into its field"):
        prepared(quantized=kernels.Quantized(0.1, 2**32))


def test_8_bit_out_of_another_type_is_refused(kernels: ModuleType) -> None:
    with pytest.raises(ValueError, match="int8 or uint8, not int16"):
        kernels.Quantized(0.1, dtype="int16")


def test_a_table_of_scales_is_refused(kernels: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"one per head, not \(1, 2\)"):
        prepared(score_scale=[[0.1, 0.2]])


@pytest.mark.parametrize("place", range(3))
def test_tensors_without_heads_are_refused(kernels: ModuleType, place: int) -> None:
    tensors = [np.zeros((1, 2, 9, 8), np.int8) for _ in range(3)]
    tensors[place] = tensors[place][0]
    with pytest.raises(ValueError, match=r"\[batch, heads, rows, width\]"):
        kernels.attention(*tensors, score_scale=1.0)


def test_float_tensors_are_refused(kernels: ModuleType) -> None:
    q = np.zeros((1, 2, 9, 8))
    with pytest.raises(ValueError, match="int8 or uint8, not float64"):
        kernels.attention(q, q, q, score_scale=1.0)
