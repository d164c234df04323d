"""What the C functions beside attention refuse, by status; nothing of it may be read or written."""

from __future__ import annotations

import ctypes
from types import ModuleType

import numpy as np
import pytest

from tests.runtime.kernels.test_bad_input import HUGE, STATUS


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"size": 8}, "BAD_STRUCT"),
        ({"size": 10**6}, "BAD_STRUCT"),
        ({"rows": -1}, "BAD_LENGTH"),
        ({"width": -1}, "BAD_LENGTH"),
        ({"rows": HUGE, "width": 8}, "BAD_LENGTH"),
        ({"rows": HUGE, "width": 1}, "BAD_LENGTH"),
        ({"x": None}, "NULL_POINTER"),
        ({"y": None}, "NULL_POINTER"),
        ({"x_type": 0}, "BAD_TYPE"),
        ({"x_type": 3}, "BAD_TYPE"),
        ({"part": 1}, "BAD_OPTION"),
        ({"part": -1}, "BAD_OPTION"),
        ({"part_count": -1}, "BAD_OPTION"),
        ({"y_zero_point": 256}, "BAD_ZERO_POINT"),
        ({"x_type": 1, "x_scale": 1.0, "x_zero_point": -1}, "BAD_ZERO_POINT"),
        ({"x_type": 1, "x_scale": 0.0}, "BAD_SCALE"),
        ({"y_scale": -1.0}, "BAD_SCALE"),
        ({"epsilon": float("nan")}, "BAD_SCALE"),
    ],
    ids=str,
)
def test_a_wrong_field_of_a_layer_norm_is_refused(
    kernels: ModuleType, changes: dict[str, float | None], status: str
) -> None:
    from edgeattn_kernels.layer_norm import Call
    from edgeattn_kernels.loading import loaded

    x, y = np.ones((3, 8), np.float32), np.full((3, 8), 7, np.uint8)
    call = Call(
        size=ctypes.sizeof(Call), rows=3, width=8, x=x.ctypes.data, x_type=2, epsilon=1e-5,
        y=y.ctypes.data, y_scale=0.1,
    )  # fmt: skip
    for name, value in changes.items():
        setattr(call, name, value)
    assert loaded().edgeattn_normalise(ctypes.byref(call)) == STATUS[status]
    assert (y == 7).all()


def test_floats_of_another_byte_order_are_refused(kernels: ModuleType) -> None:
    x = np.ones((3, 8), np.dtype(np.float32).newbyteorder())
    with pytest.raises(ValueError, match="uint8 or float32"):
        kernels.layer_norm(x, y_scale=0.1)


def test_no_layer_norm_is_refused(kernels: ModuleType) -> None:
    from edgeattn_kernels.loading import loaded

    assert loaded().edgeattn_normalise(None) == STATUS["NULL_POINTER"]


@pytest.mark.parametrize("missing", ["table", "x", "y"])
def test_a_look_up_without_one_of_its_arrays_is_refused(kernels: ModuleType, missing: str) -> None:
    from edgeattn_kernels.loading import loaded

    places = {name: np.full(256, 7, np.uint8) for name in ("table", "x", "y")}
    table, x, y = (
        ctypes.c_void_p(None if name == missing else array.ctypes.data)
        for name, array in places.items()
    )
    count = ctypes.c_int64
    assert loaded().edgeattn_look_up(table, x, count(5), y) == STATUS["NULL_POINTER"]
    assert loaded().edgeattn_look_up(table, x, count(-5), y) == STATUS["BAD_LENGTH"]
    assert loaded().edgeattn_look_up(table, x, count(0), y) == STATUS["OK"]


def test_a_table_that_is_nowhere_is_not_made(kernels: ModuleType) -> None:
    from edgeattn_kernels.loading import loaded

    one, zero = ctypes.c_float(1), ctypes.c_int32(0)
    found = loaded().edgeattn_make_table(zero, one, zero, one, zero, None)
    assert found == STATUS["NULL_POINTER"]
