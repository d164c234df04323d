"""LayerNorm into 8 bits in NumPy, as runtime/kernels/src/layer_norm.hpp has it, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
LANES = 16


def _total(x: Array) -> Array:
    """Sums of float32 rows [rows, width] in 16 lanes, whose halves are added to each other."""
    short = -x.shape[1] % LANES
    lanes = np.zeros((len(x), LANES), np.float32)
    for at in range(0, x.shape[1] + short, LANES):
        part = x[:, at : at + LANES]
        lanes[:, : part.shape[1]] += part
    while lanes.shape[1] > 1:
        half = lanes.shape[1] // 2
        lanes = lanes[:, :half] + lanes[:, half:]
    return lanes[:, 0]


def exact(
    x: Array, *, y_scale: float, y_zero_point: int = 0, x_scale: float = 1.0, x_zero_point: int = 0,
    epsilon: float = 1e-5, gamma: Array | None = None, beta: Array | None = None,
) -> Array:  # fmt: skip
    """The kernel's arithmetic, every step in float32."""
    one = np.float32(1)
    if x.dtype == np.uint8:
        x = (x.astype(np.int32) - x_zero_point).astype(np.float32) * np.float32(x_scale)
    width = np.float32(x.shape[1])
    with np.errstate(invalid="ignore", over="ignore"):
        mean = (_total(x) / width)[:, None]
        variance = _total((x - mean) * (x - mean)) / width
        inverse = one / np.float32(y_scale)
        factor = one / np.sqrt(variance + np.float32(epsilon)) * inverse
        y = (x - mean) * factor[:, None]
        y = y if gamma is None else y * gamma
        y = y if beta is None else y + beta * inverse
    lowest, highest = np.float32(-y_zero_point), np.float32(255 - y_zero_point)
    y = np.where(y > lowest, y, lowest)
    y = np.where(y < highest, y, highest)
    levels: Array = (np.rint(y) + y_zero_point).astype(np.uint8)
    return levels
