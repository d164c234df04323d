"""Tell when a model is calibrated on other data than it is judged on.

Photos scaled to [0, 255] here and to [0, 1] there, another microphone, another season: int8 then
saturates, or wastes its levels, and the accuracy that is lost looks like quantisation's fault.
Two distances show it: how far the inputs' channels moved, and how many values of any tensor lie
where calibration never saw one. Whole-number inputs, as token ids, have no distance; the tensors
behind them have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import fx

from edgeattn_converters.calibrate import Ranges
from edgeattn_converters.evidence import Array, batch_of, samples_of
from edgeattn_converters.program import Program
from edgeattn_converters.range_methods import Bounds

SAMPLES = 32
"""Evaluation samples that are run: a share of 1 % is plain after one or two."""

FARTHEST_MEAN = 0.5
"""Standard deviations of the calibration data; means of one data set differ by chance alone, which
counts as nothing."""

FARTHEST_SPREAD = 2.0
"""Ratio of standard deviations, either way."""

MOST_OUTSIDE = 0.01
"""Share of values; unseen samples of one data set have 0.0004 or less behind 8 calibration samples
(docs/measurements/calibration.md)."""

CHANCES = 5.0
"""Times the share expected by chance: the values of a sample are less than independent."""

LARGEST_RATIO = 1000.0
"""Where a spread vanishes or appears, its ratio ends here."""

STILL = 1e-6
"""A channel that varies by less than this part of its mean is a constant in float32."""

RARE = 10.0
"""Samples in n that may be unlike all n of calibration, as masks of the longest sentences are: of
what is that common, n samples meet none with a chance of e^-10. Half of the samples never may."""

MOST_COLUMNS = 256
"""Of a table. What has more is a signal, whose places in time are no channels."""

STANDARD_ERRORS = 4.0
"""A mean of few samples is uncertain; less than this many standard errors is chance."""


@dataclass(frozen=True)
class Shift:
    """How far evaluation data lie from calibration data.

    Attributes:
        input: The input whose channels moved most; None where all are whole numbers.
        mean_distance: By how much a channel's mean moved, in its standard deviations on the
            calibration data; inf where that is 0.
        spread: A channel's standard deviation over that on the calibration data, the one farthest
            from 1.
        outside: Share of all values of all tensors that lie outside what calibration saw, 0 to 1.
        chance: The share that as few calibration samples of the same kind would leave outside.
        tensor: The tensor that has most of its values outside; None where none has any.
    """

    input: str | None
    mean_distance: float
    spread: float
    outside: float
    chance: float
    tensor: str | None

    @property
    def warning(self) -> str | None:
        """One sentence where the data differ; None where they do not."""
        spread = max(self.spread, 1 / self.spread)
        beyond = self.outside > MOST_OUTSIDE + CHANCES * self.chance
        if self.mean_distance <= FARTHEST_MEAN and spread <= FARTHEST_SPREAD and not beyond:
            return None
        found = []
        if math.isinf(self.mean_distance):
            found.append(f"a channel of input {self.input} that never varied in calibration does")
        elif self.mean_distance > FARTHEST_MEAN:
            found.append(
                f"mean off by {self.mean_distance:.1f} standard deviations in input {self.input}"
            )
        if spread > FARTHEST_SPREAD:
            width = "wider" if self.spread > 1 else "narrower"
            found.append(f"values spread {spread:.1f} times {width} in input {self.input}")
        where = f" (most in {self.tensor})" if beyond else ""
        found.append(f"{self.outside:.1%} of values outside the calibrated range{where}")
        return (
            f"calibration data differs from the evaluation data: {', '.join(found)}; calibrate "
            "with samples like those the model will see, prepared in the same way"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the entry of a report; a distance in units of zero is None."""
        distance = self.mean_distance if math.isfinite(self.mean_distance) else None
        return {**vars(self), "mean_distance": distance, "warning": self.warning}


def measure_shift(
    program: Program,
    ranges: Ranges,
    calibration: Mapping[str, Array],
    evaluation: Mapping[str, Array],
) -> Shift:
    """Compare two sets of samples, each by input name, [N, ...].

    Args:
        program: What was calibrated.
        ranges: What calibration saw, on the first set.
        calibration: The first set.
        evaluation: The second one; up to 32 of its samples are run.
    """
    name, distance, spread = None, 0.0, 1.0
    for port in program.inputs:
        if calibration[port.name].dtype.kind == "f":
            moved, width = _moved(calibration[port.name], evaluation[port.name])
            if name is None or (moved, abs(math.log(width))) > (distance, abs(math.log(spread))):
                name, distance, spread = port.name, moved, width
    counter = _counted(program, {**ranges.bounds, **ranges.extremes}, evaluation)
    total = max(sum(counter.seen.values()), 1)
    shares = {key: count / counter.seen[key] for key, count in counter.outside.items() if count}
    # Of n values alike, the next lies outside the range of the others with 2 / (n + 1).
    known = len(next(iter(calibration.values())))
    chance = sum(
        seen * 2 / (known * seen / counter.samples + 1) for seen in counter.seen.values() if seen
    )
    return Shift(
        input=name,
        mean_distance=distance,
        spread=spread,
        outside=sum(counter.outside.values()) / total,
        chance=chance / total,
        tensor=max(shares, key=shares.__getitem__, default=None),
    )


def _moved(before: Array, after: Array) -> tuple[float, float]:
    """Return the largest distance of a channel's means, and the ratio of deviations most unlike 1.

    Distances within chance count as 0.

    Args:
        before: Calibration samples [N, ...].
        after: Evaluation samples [M, ...].
    """
    (mean, spread, apart), (mean_after, spread_after, apart_after) = map(_channels, (before, after))
    still = spread <= STILL * np.maximum(np.abs(mean), np.abs(mean_after))
    gap = np.abs(mean_after - mean)
    error = np.maximum(apart, apart_after) * math.sqrt(1 / len(before) + 1 / len(after))
    by_chance = gap <= STANDARD_ERRORS * error
    unit = np.where(still, 1.0, spread)
    distance = np.where(by_chance, 0.0, gap / unit)
    changed = still & (_unlike(after, mean) > min(RARE / len(before), 0.5))
    distance = np.where(changed, math.inf, distance)
    ratio = np.where(still, 1.0, np.clip(spread_after / unit, 1 / LARGEST_RATIO, LARGEST_RATIO))
    return float(distance.max()), float(ratio[np.abs(np.log(ratio)).argmax()])


def _channels(x: Array) -> tuple[Array, Array, Array]:
    """Return each channel's mean, its standard deviation, and that of the samples' own means.

    Args:
        x: [N, ...]. The channels are the shortest axis behind the first: colours of photos,
            bands of spectra, sensors of signals, columns of tables; raw audio is one channel.

    The samples' means say how sure the mean is: values of one sample are too much alike to count
    one by one. A single sample says nothing about it.
    """
    means, within = _by_sample(x)
    apart = means.std(0, ddof=1) if len(x) > 1 else np.zeros_like(means[0])
    return means.mean(0), np.sqrt(within.mean(0) + means.var(0)), apart


def _unlike(x: Array, constant: Array) -> Array:
    """Return the share of samples [N, ...] in which a channel is not its constant, [channels]."""
    means, within = _by_sample(x)
    size = STILL * np.maximum(np.abs(constant), np.abs(means))
    share: Array = ((np.abs(means - constant) > size) | (np.sqrt(within) > size)).mean(0)
    return share


def _by_sample(x: Array) -> tuple[Array, Array]:
    """Return mean and variance of each channel in each sample, [N, channels]."""
    x = x.reshape(len(x), -1) if x.ndim == 1 else x
    x = x[:, :, None] if x.ndim == 2 and x.shape[1] > MOST_COLUMNS else x
    axis = int(np.argmin(x.shape[1:]))
    rest = tuple(place for place in range(x.ndim - 1) if place != axis)
    # Sample by sample, so that float64 copies stay small.
    means = np.array([one.mean(rest, dtype=np.float64) for one in x])
    return means, np.array([one.var(rest, dtype=np.float64) for one in x])


def _counted(
    program: Program, bounds: Mapping[str, Bounds], evaluation: Mapping[str, Array]
) -> _Counter:
    """Run up to SAMPLES samples, and count."""
    count = len(next(iter(evaluation.values())))
    rows = np.unique(np.linspace(0, count - 1, min(count, SAMPLES)).round().astype(int))
    counter = _Counter(program.graph_module, bounds)
    for sample in samples_of(program, {name: x[rows] for name, x in evaluation.items()}):
        with torch.no_grad():
            counter.run(*sample)
        counter.samples += batch_of(program)
    return counter


class _Counter(fx.Interpreter):
    """An interpreter that counts values outside given bounds, by tensor."""

    def __init__(self, module: fx.GraphModule, bounds: Mapping[str, Bounds]) -> None:
        super().__init__(module)
        self.bounds = bounds
        self.samples = 0
        self.outside = dict.fromkeys(bounds, 0)
        self.seen = dict.fromkeys(bounds, 0)

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        if n.name in self.bounds:
            low, high = self.bounds[n.name]
            self.outside[n.name] += int(((value < low) | (value > high)).sum())
            self.seen[n.name] += value.numel()
        return value
