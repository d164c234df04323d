"""Cover what makes the mean squared error of int8 rounding and clipping smallest."""

from __future__ import annotations

import torch

from edgeattn_converters.histogram import Histogram
from edgeattn_converters.scale import SMALLEST_RANGE

SHARES = torch.arange(1, 51, dtype=torch.float64) / 50
"""Which parts of an extreme are tried as a bound: 2 %, 4 %, ... 100 %."""

ROUNDS = 4
"""Each round moves both bounds; hardly any tensor needs a third."""


def least_squared_error(histogram: Histogram) -> tuple[float, float]:
    """Return the bounds at which an int8 copy of the tensor is nearest to it.

    From the extremes on, the upper and the lower bound move in turn to the best of 50 places until
    neither does. Source: the clipping search of Choukroun et al. 2019, arXiv:1902.06822, section 3,
    with both ends free, as the affine grid has them.
    """
    ends, counts = histogram.filled()
    values = ends + histogram.width / 2
    lows, highs = min(histogram.low, 0.0) * SHARES, max(histogram.high, 0.0) * SHARES
    low, high = lows[-1], highs[-1]
    for _ in range(ROUNDS):
        before = low, high
        if highs[-1] > 0:
            high = highs[_errors(values, counts, low, highs).argmin()]
        if lows[-1] < 0:
            low = lows[_errors(values, counts, lows, high).argmin()]
        if (low, high) == before:
            break
    return max(float(low), histogram.low), min(float(high), histogram.high)


def _errors(
    values: torch.Tensor, counts: torch.Tensor, low: torch.Tensor, high: torch.Tensor
) -> torch.Tensor:
    """Return the summed squared error at each pair of bounds [pairs].

    Args:
        values: float64 [bins]: centres.
        counts: float64 [bins].
        low: One bound, or one per pair.
        high: As `low`.

    The grid is that of scale.affine.
    """
    step = (high - low).clamp(min=SMALLEST_RANGE).reshape(-1, 1) / 255
    zero = (-128 - low.reshape(-1, 1) / step).round().clamp(-128, 127)
    integers = (values / step).round().add_(zero).clamp_(-128, 127)
    return (integers.sub_(zero).mul_(step).sub_(values).square_()) @ counts
