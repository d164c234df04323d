"""Numbers that people have long computed from sensors of motion: what a network has to come near.

Channels: the six as they were recorded, and six that no pocket changes (length, along gravity and
across it, of acceleration and of rotation). Of each: mean and deviation of the window and of its
quarters, extremes, median, mean step between samples, what changed from its first quarter to its
last, and eleven lines of its spectrum, 0.5 to 5.5 Hz.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeattn_runtime.errors import BadEnvironment

Floats = NDArray[np.floating[Any]]
QUARTERS = 4
LINES = slice(1, 12)  # of the spectrum of two seconds: 0.5 Hz each
TREES = 300


def features(x: Floats) -> Floats:
    """Return [N, 312] for windows [N, 6, time] in m/s^2 and rad/s."""
    channels = np.concatenate([x, invariants(x)], axis=1)  # [N, 12, time]
    quarters = np.split(channels, QUARTERS, axis=2)
    spectrum = np.abs(np.fft.rfft(channels - channels.mean(2, keepdims=True), axis=2))[:, :, LINES]
    parts = [
        *(number for part in (channels, *quarters) for number in (part.mean(2), part.std(2))),
        channels.min(2),
        channels.max(2),
        np.median(channels, axis=2),
        np.abs(np.diff(channels, axis=2)).mean(2),
        quarters[-1].mean(2) - quarters[0].mean(2),
        np.log1p(spectrum).reshape(len(x), -1),
    ]
    return np.concatenate(parts, axis=1)


def invariants(x: Floats) -> Floats:
    """Return what stays when the device is turned: [N, 6, time]."""
    acceleration = x[:, :3]
    gravity = acceleration.mean(2, keepdims=True)
    up = gravity / np.linalg.norm(gravity, axis=1, keepdims=True)
    found = []
    for sensor in (acceleration, x[:, 3:]):
        length = np.linalg.norm(sensor, axis=1)
        along = (sensor * up).sum(1)
        across = np.sqrt(np.maximum(length**2 - along**2, 0))
        found += [length, along, across]
    return np.stack(found, axis=1)


def extra_trees() -> Any:
    """Return an unfitted classifier, or say what to install."""
    try:
        from sklearn.ensemble import ExtraTreesClassifier
    except ImportError as error:
        raise BadEnvironment(
            "the baseline needs scikit-learn; `pip install 'edgeattn[baselines]'` adds it"
        ) from error
    return ExtraTreesClassifier(TREES, min_samples_leaf=2, max_features=0.2, random_state=0)
