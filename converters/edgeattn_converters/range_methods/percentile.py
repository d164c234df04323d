"""Cover all but the rarest values on either side."""

from __future__ import annotations

import torch

from edgeattn_converters.histogram import Histogram


def percentiles(histogram: Histogram, percentile: float) -> tuple[float, float]:
    """Return bounds that leave at most (100 - percentile) percent outside, on each side.

    A bound is the outer end of the bin in which the percentile lies, so never further in than the
    exact one, and at most a bin further out.

    Args:
        histogram: What the tensor holds.
        percentile: 99.99 gives up one value of 10,000 below and one above.
    """
    ends, counts = histogram.filled()
    # 100 - 99.9 is no exact number: what is meant are whole values.
    allowed = round(float(counts.sum()) * (100 - percentile) / 100, 6) // 1
    below, above = counts.cumsum(0), counts.flip(0).cumsum(0).flip(0)
    low = float(ends[int(torch.nonzero(below > allowed)[0])])
    high = float(ends[int(torch.nonzero(above > allowed)[-1])]) + histogram.width
    return max(low, histogram.low), min(high, histogram.high)
