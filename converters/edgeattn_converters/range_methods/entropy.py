"""Cover what keeps the distribution of a tensor most like itself: TensorRT's calibration.

Source: Migacz 2017, "8-bit Inference with TensorRT", pseudocode "Entropy Calibration"; it knows
symmetric grids alone. Here a tensor without negative values has all 256 levels above zero, as the
affine grid gives it, and any other one 128 levels for the magnitude.
"""

from __future__ import annotations

import math

import torch

from edgeattn_converters.histogram import SIDE, Histogram

CANDIDATES = 128
"""How many thresholds are tried, evenly spread over the range."""

RAREST = 1e-6
"""What a value counts as that the copy has none of; the divergence would be infinite."""


def least_divergence(histogram: Histogram) -> tuple[float, float]:
    """Return the extremes cut at the magnitude where int8 loses the least information."""
    magnitudes = histogram.counts[SIDE:] + histogram.counts[:SIDE].flip(0)  # [SIDE], from 0 outward
    bins = int(magnitudes.nonzero()[-1]) + 1
    levels = 256 if histogram.low >= 0 else 128
    if bins <= levels:
        return histogram.low, histogram.high
    magnitudes = magnitudes[:bins].double()
    # Behind a ReLU half of all values are zero, which any grid holds exactly: they must not count
    # (NVIDIA's pytorch-quantization fills the bin in the same way).
    magnitudes[0] = magnitudes[1]
    tried = sorted(set(torch.linspace(levels, bins, CANDIDATES).round().int().tolist()))
    best = min(tried, key=lambda kept: (_divergence(magnitudes, kept, levels), -kept))
    threshold = best * histogram.width
    return max(histogram.low, -threshold), min(histogram.high, threshold)


def _divergence(magnitudes: torch.Tensor, kept: int, levels: int) -> float:
    """Return the Kullback-Leibler divergence of an int8 copy that saturates behind `kept` bins.

    Args:
        magnitudes: float64 [bins]: counts.
        kept: How many bins the grid covers.
        levels: How many levels they share.
    """
    inside = magnitudes[:kept]
    if not inside.any():
        return math.inf  # all would saturate: nothing of the tensor is left
    truth = inside.clone()
    truth[-1] += magnitudes[kept:].sum()  # saturated values pile up at the end
    level = torch.arange(kept) * levels // kept
    occupied = (inside > 0).double()
    share = torch.zeros(levels).double().index_add_(0, level, inside)
    share /= torch.zeros(levels).double().index_add_(0, level, occupied).clamp(min=1)
    copy = share[level] * occupied  # each level spread over the bins that it stands for
    truth, copy = truth / truth.sum(), (copy / copy.sum()).clamp(min=RAREST)
    seen = truth > 0
    return float((truth[seen] * (truth[seen] / copy[seen]).log()).sum())
