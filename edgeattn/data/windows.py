"""A long recording of sensors -> windows of one length, each with the label of most of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Labels = NDArray[np.int64]


def even_rate(
    samples: Samples, labels: Labels, seconds: float, rate: float
) -> tuple[Samples, Labels]:
    """Return a recording on an even grid of `rate` samples per second.

    Phones deliver samples in bursts, so that single time stamps are off by tens of milliseconds,
    while the sensor's own clock is even. So the samples are taken as evenly spread over the
    recording, and the grid between two of them is filled linearly; a label is its nearest
    neighbour's.

    Args:
        samples: float32 [time, channels].
        labels: int64 [time].
        seconds: From the first sample to the last.
        rate: Of the grid.
    """
    count = int(seconds * rate) + 1
    place = np.arange(count) / rate / seconds * (len(samples) - 1)
    left = np.minimum(place.astype(np.int64), len(samples) - 2)
    share = (place - left).astype(np.float32)[:, None]
    return samples[left] * (1 - share) + samples[left + 1] * share, labels[
        np.rint(place).astype(int)
    ]


def windows(samples: Samples, labels: Labels, length: int, hop: int) -> tuple[Samples, Labels]:
    """Return every window that fits whole, float32 [N, channels, length], and its label [N].

    The label is the one most of its samples have, the lower class where two have as many.

    >>> x, y = windows(np.zeros((7, 2), np.float32), np.array([0, 0, 0, 1, 1, 1, 1]), 4, 2)
    >>> x.shape, y.tolist()
    ((2, 2, 4), [0, 1])
    """
    starts = range(0, len(samples) - length + 1, hop)
    if not starts:
        return np.empty((0, samples.shape[1], length), np.float32), np.empty(0, np.int64)
    cut = np.stack([samples[start : start + length].T for start in starts])
    most = [np.bincount(labels[start : start + length]).argmax() for start in starts]
    return cut, np.array(most, np.int64)
