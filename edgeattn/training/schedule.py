"""The learning rate over time: a straight rise, then a cosine down to zero."""

from __future__ import annotations

import math


def learning_rate(step: int, *, steps: int, warm_up: int, peak: float) -> float:
    """Return the rate of a step, counted from 0.

    Source: Loshchilov & Hutter 2017, "SGDR", without restarts; warm-up as in Goyal et al. 2017.

    >>> [learning_rate(step, steps=10, warm_up=2, peak=1.0) for step in (0, 1, 2, 6)]
    [0.5, 1.0, 1.0, 0.5]
    """
    if step < warm_up:
        return peak * (step + 1) / warm_up
    fallen = (step - warm_up) / max(1, steps - warm_up)  # 0 at the peak, 1 at the end
    return peak * 0.5 * (1 + math.cos(math.pi * min(1.0, fallen)))
