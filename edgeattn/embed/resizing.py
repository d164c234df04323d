"""Photos of awkward sizes and what Pillow makes of them: what every language must make of them."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

import numpy as np

from edgeattn.embed.vectors import Vector

# Smaller, larger, wide and tall, with odd lengths: each takes another path through resampling.
SIZES = ((23, 31), (97, 61), (40, 150))


@dataclass(frozen=True)
class Resized:
    """A photo and its fitting version, both uint8 [height, width, 3]."""

    height: int
    width: int
    photo: Vector
    fitting: Vector


def resized_cases(height: int, width: int) -> tuple[Resized, ...]:
    """Return cases for a model that takes height x width; none where Pillow is missing."""
    if importlib.util.find_spec("PIL") is None:
        return ()
    from PIL import Image

    from edgeattn.data.picture import cover

    found = []
    for high, wide in SIZES:
        pixels = _pattern(high, wide)
        fitting = np.asarray(cover(Image.fromarray(pixels), height, width))
        found.append(
            Resized(
                high,
                wide,
                Vector.of(f"photo_{high}x{wide}.bin", pixels),
                Vector.of(f"fitting_{high}x{wide}.bin", fitting),
            )
        )
    return tuple(found)


def _pattern(height: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return noise on a slope: no two rows, columns or channels are alike."""
    noise = np.random.default_rng(height * 1000 + width).integers(0, 64, (height, width, 3))
    rows = np.linspace(0, 120, height)[:, None, None]
    columns = np.linspace(0, 60, width)[None, :, None]
    slope = noise + rows + columns + np.array([0, 5, 11])
    return np.asarray(slope.clip(0, 255), np.uint8)
