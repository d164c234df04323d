"""Functions of one number on uint8 arrays: edgeattn_make_table and edgeattn_look_up."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_kernels.loading import loaded, status_text
from edgeattn_kernels.refusal import Refused

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

FUNCTIONS = {"gelu": 0, "hardswish": 1, "silu": 2}  # edgeattn_function
ENTRIES = 256


def make_table(
    function: str, x_scale: float, x_zero_point: int, y_scale: float, y_zero_point: int
) -> Array:
    """Return y for every x, uint8 [256]: f((x - x_zero_point) * x_scale) in steps of y_scale.

    Args:
        function: "gelu" (the exact one, with erf), "hardswish" or "silu".
        x_scale: Real value of one step of x.
        x_zero_point: The integer that stands for zero in x.
        y_scale: The same of y.
        y_zero_point: The same of y.

    Raises:
        Refused: The library says why.
    """
    table = np.empty(ENTRIES, np.uint8)
    status = loaded().edgeattn_make_table(
        ctypes.c_int32(FUNCTIONS.get(function, -1)),
        ctypes.c_float(x_scale), ctypes.c_int32(x_zero_point),
        ctypes.c_float(y_scale), ctypes.c_int32(y_zero_point), ctypes.c_void_p(table.ctypes.data),
    )  # fmt: skip
    if status:
        raise Refused(status, status_text(status))
    return table


def look_up(table: Array, x: Array) -> Array:
    """Return table[x]; both are uint8, the table has 256 entries."""
    if table.shape != (ENTRIES,) or table.dtype != np.uint8 or x.dtype != np.uint8:
        raise ValueError(f"a table of {ENTRIES} uint8 and uint8 numbers are wanted")
    table, x = np.ascontiguousarray(table), np.ascontiguousarray(x)
    y = np.empty_like(x)
    status = loaded().edgeattn_look_up(
        ctypes.c_void_p(table.ctypes.data), ctypes.c_void_p(x.ctypes.data),
        ctypes.c_int64(x.size), ctypes.c_void_p(y.ctypes.data),
    )  # fmt: skip
    if status:
        raise Refused(status, status_text(status))
    return y
