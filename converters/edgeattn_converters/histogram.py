"""A histogram of one tensor over all samples, whatever range the next sample brings.

Bins are aligned at zero and a power of two wide: bin i holds [i * width, (i + 1) * width). When a
value falls outside, the width doubles until it fits, and two neighbours become one. Both steps are
exact in floating point, so the same samples give the same counts in any order, in one pass. The
range always includes zero, as the int8 grid does.
"""

from __future__ import annotations

import math

import torch

SIDE = 4096
"""Bins on each side of zero: the wider side fills 2048 to 4096, 8 or more for each int8 step."""

FINEST = 2.0**-34
"""The first width: 4096 such bins span less than SMALLEST_RANGE (scale.py), no range to int8."""


class Histogram:
    """Counts by magnitude, and the exact extremes; 64 KiB, whatever it has seen.

    Attributes:
        low: The smallest value seen; inf before the first.
        high: The largest one.
        width: Of a bin, a power of two.
        counts: int64 [2 * SIDE]; bin i at place SIDE + i.
    """

    def __init__(self) -> None:
        """Start empty, with the finest bins."""
        self.low, self.high = math.inf, -math.inf
        self.width = FINEST
        self.counts = torch.zeros(2 * SIDE, dtype=torch.int64)

    def add(self, values: torch.Tensor) -> None:
        """Count a tensor of finite values, of any shape but not empty.

        Raises:
            ValueError: A value is NaN or infinite; no bin holds it.
        """
        values = values.detach().float().flatten()
        low, high = (float(bound) for bound in values.aminmax())
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"values reach from {low} to {high}; a histogram holds finite ones")
        self.low, self.high = min(self.low, low), max(self.high, high)
        while self.low < -SIDE * self.width or self.high >= SIDE * self.width:
            self._double()
        # |value / width| < SIDE, and a power of two divides exactly: no rounding moves a value.
        places = (values / self.width).floor_().long() + SIDE
        self.counts += torch.bincount(places, minlength=2 * SIDE)

    def _double(self) -> None:
        """Make every bin twice as wide: bins 2i and 2i + 1 become bin i."""
        pairs = self.counts.reshape(SIDE, 2).sum(1)
        self.counts = torch.zeros_like(self.counts)
        self.counts[SIDE // 2 : SIDE // 2 + SIDE] = pairs
        self.width *= 2

    def filled(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the bins that hold something: lower ends float64 [n], counts float64 [n]."""
        places = self.counts.nonzero().flatten()
        return (places - SIDE).double() * self.width, self.counts[places].double()
