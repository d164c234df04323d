"""Equal size: the widths at which all candidates take the same multiply-accumulates.

Multiply-accumulates, not parameters: they are what an epoch and an inference cost, and the same
number of parameters costs a convolution as many times more as its map has places. So equal epochs
are equal work, too, and what differs in latency is what the engine makes of it. Parameters are
reported beside, and differ: text is not counted by its table, which only looks up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgeattn.audit.bodies import HEADS, build
from edgeattn.audit.fronts import noise
from edgeattn.audit.signal import Signal
from edgeattn.pruning.cost import count_macs, count_parameters
from edgeattn_runtime.errors import BadData

FAMILIES: dict[str, str] = {
    "cnn": "convolutions alone",
    "recurrent": "convolutions, then a gated recurrent unit",
    "single-head": "patches, then attention with one head",
    "multi-head": f"patches, then attention with {HEADS} heads",
    "hybrid": f"convolutions, then attention with {HEADS} heads",
}
ATTENTION = ("single-head", "multi-head", "hybrid")
TOLERANCE = 0.10
"""A candidate takes at most a tenth more or fewer multiply-accumulates than all aim at."""

BASE_WIDTHS = ((20, 64), (100, 96))  # up to so many classes, so many channels of a token
WIDEST_BASE, WIDEST = 128, 256
STEP, INSIDE_STEP = 8, 4
CLOSE = 0.05  # near enough to choose by shape instead


@dataclass(frozen=True)
class Sized:
    """A candidate before it is made.

    Attributes:
        family: One of `FAMILIES`.
        width: See `edgeattn.audit.bodies`.
        inside: Likewise.
        macs: Multiply-accumulates of one sample.
        params: Weights and biases.
    """

    family: str
    width: int
    inside: int
    macs: int
    params: int


def sized(signal: Signal) -> tuple[Sized, ...]:
    """Return all candidates at the size of the multi-head one.

    Its width follows from the number of classes: more of them want more channels to be told apart.

    Raises:
        BadData: The samples are so small that no widths meet within the tolerance.
    """
    width = next((wide for most, wide in BASE_WIDTHS if signal.classes <= most), WIDEST_BASE)
    goal = _counted(signal, "multi-head", width, width)
    found = [
        _counted(signal, family, width, width)
        if family in ("single-head", "multi-head")
        else _nearest(signal, family, goal.macs)
        for family in FAMILIES
    ]
    for one in found:
        if abs(one.macs / goal.macs - 1) > TOLERANCE:
            raise BadData(
                f"samples of shape {list(signal.shape)} are too small for an audit: the nearest "
                f"{one.family} takes {one.macs / goal.macs:.2f} times the multiply-accumulates of "
                f"the others, within {TOLERANCE:.0%} is needed; give larger samples"
            )
    return tuple(found)


def _nearest(signal: Signal, family: str, goal: int) -> Sized:
    """Return the widths nearest to `goal`; of those that are close, the most usual shape."""
    natural = 2.0 if family == "recurrent" else 0.5  # inside / width
    width, inside = np.meshgrid(
        np.arange(STEP, WIDEST + 1, STEP), np.arange(STEP, WIDEST + 1, INSIDE_STEP)
    )
    away = np.abs(_terms(width, inside) @ _polynomial(signal, family) / goal - 1)
    odd = np.abs(np.log(inside / width / natural))
    best = np.where(away <= max(CLOSE, float(away.min())), odd, np.inf).argmin()
    return _counted(signal, family, int(width.flat[best]), int(inside.flat[best]))


def _polynomial(signal: Signal, family: str) -> NDArray[np.float64]:
    """Return what `_terms` are to be multiplied with: layers cost products of two widths at most.

    Six models are counted, where trying all widths would count a thousand.
    """
    points = np.array([(16, 16), (32, 16), (48, 16), (16, 32), (16, 48), (32, 32)])
    macs = [_counted(signal, family, int(width), int(inside)).macs for width, inside in points]
    return np.asarray(np.linalg.solve(_terms(*points.T), macs), np.float64)


def _terms(width: NDArray[np.int64], inside: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return 1, w, i, w^2, i^2, w i on a last axis."""
    one = np.ones_like(width)
    products = [one, width, inside, width * width, inside * inside, width * inside]
    return np.stack(products, -1).astype(np.float64)


def _counted(signal: Signal, family: str, width: int, inside: int) -> Sized:
    model = build(signal, family=family, width=width, inside=inside).eval()
    macs = count_macs(model, noise(signal))
    return Sized(family, width, inside, macs, count_parameters(model))
