"""LayerNorm of NumPy arrays into uint8: the struct edgeattn_layer_norm, filled in."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_kernels.loading import loaded, status_text
from edgeattn_kernels.refusal import Refused

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

_TYPES = {"uint8": 1, "float32": 2}


class Call(ctypes.Structure):
    """edgeattn_layer_norm, field for field."""

    _fields_ = [
        ("size", ctypes.c_size_t),
        ("rows", ctypes.c_int64),
        ("width", ctypes.c_int64),
        ("x", ctypes.c_void_p),
        ("x_type", ctypes.c_int32),
        ("x_zero_point", ctypes.c_int32),
        ("x_scale", ctypes.c_float),
        ("epsilon", ctypes.c_float),
        ("gamma", ctypes.c_void_p),
        ("beta", ctypes.c_void_p),
        ("y", ctypes.c_void_p),
        ("y_scale", ctypes.c_float),
        ("y_zero_point", ctypes.c_int32),
        ("part", ctypes.c_int32),
        ("part_count", ctypes.c_int32),
    ]


def layer_norm(
    x: Array,
    *,
    y_scale: float,
    y_zero_point: int = 0,
    x_scale: float = 1.0,
    x_zero_point: int = 0,
    epsilon: float = 1e-5,
    gamma: Array | None = None,
    beta: Array | None = None,
    parts: int = 1,
) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon) * gamma + beta in steps of y_scale, uint8.

    Args:
        x: float32, or uint8 with its scale and zero point; the last dimension is normalised.
        y_scale: Real value of one step of the result.
        y_zero_point: The integer that stands for zero in it.
        x_scale: The same of x, where it is uint8.
        x_zero_point: The same of x, where it is uint8.
        epsilon: Added to the variance.
        gamma: [width], or None for ones.
        beta: [width], or None for zeros.
        parts: Calls to make for it, as the threads of a pool would.

    Raises:
        Refused: The library says why.
    """
    if x.dtype.name not in _TYPES or not x.dtype.isnative:
        raise ValueError(f"x is uint8 or float32, not {x.dtype}")
    x = np.ascontiguousarray(x)
    width = x.shape[-1]
    affine = [None if a is None else np.ascontiguousarray(a, np.float32) for a in (gamma, beta)]
    if any(a is not None and a.shape != (width,) for a in affine):
        raise ValueError(f"gamma and beta have {width} numbers")
    y = np.empty(x.shape, np.uint8)
    call = Call(
        size=ctypes.sizeof(Call), rows=x.size // width if width else 0, width=width,
        x=x.ctypes.data, x_type=_TYPES[x.dtype.name], x_zero_point=x_zero_point, x_scale=x_scale,
        epsilon=epsilon, y=y.ctypes.data, y_scale=y_scale, y_zero_point=y_zero_point,
        gamma=None if affine[0] is None else affine[0].ctypes.data,
        beta=None if affine[1] is None else affine[1].ctypes.data,
        part_count=parts,
    )  # fmt: skip
    for part in range(parts):
        call.part = part
        status = loaded().edgeattn_normalise(ctypes.byref(call))
        if status:
            raise Refused(status, status_text(status))
    return y
