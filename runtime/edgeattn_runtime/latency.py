"""Time candidates fairly: interleaved, after a warm-up, in milliseconds.

    round 0: A B C    round 1: B C A    round 2: C A B    ...

A machine that slows down while it is measured slows every candidate alike, and each takes every
place in the round, so that none always runs on the cache its neighbour left behind.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_runtime.errors import BadUsage

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array

SMALLEST_ROUNDS = 3  # a time budget never cuts below this
RESAMPLES = 1000
EXACT_UP_TO = 500  # samples


@dataclass(frozen=True)
class Latency:
    """A distribution of latencies in milliseconds, and how many runs it stands on.

    Where the machine's clock counts instructions (`clock`), they are millions of instructions.

    Attributes:
        p50: Median.
        p90: 90th percentile.
        p95: 95th percentile.
        p99: 99th percentile.
        mean: Mean.
        std: Standard deviation.
        min: Shortest.
        max: Longest.
        n: Runs.
        p50_low: Lower end of the median's interval, see `median_interval`; None below 6 runs.
        p50_high: Its upper end.
    """

    p50: float
    p90: float
    p95: float
    p99: float
    mean: float
    std: float
    min: float
    max: float
    n: int
    p50_low: float | None = None
    p50_high: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no run can have given."""
        if self.n < 1 or not 0 <= self.min <= self.p50 <= self.max:
            raise ValueError(f"not a latency distribution: {asdict(self)}")

    def to_json(self) -> dict[str, Any]:
        """Return the object `latency_ms` of report.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Latency:
        """Return what `to_json` wrote; what a newer version added is left out."""
        return cls(**{name: value for name, value in read.items() if name in FIELDS})


FIELDS = frozenset(field.name for field in fields(Latency))


@dataclass(frozen=True)
class RatioInterval:
    """A ratio of medians with its 95 % interval; 2.0 means twice as fast, or twice as slow."""

    ratio: float
    low: float
    high: float


def measure_interleaved(
    candidates: Mapping[str, Callable[[], object]],
    *,
    warmup: int,
    iterations: int,
    budget_s: float | None = None,
    clock: Callable[[], int] = time.perf_counter_ns,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, tuple[float, ...]]:
    """Run every candidate `iterations` times in turn and return their latencies.

    Args:
        candidates: What to run, by name: bound sessions' `invoke`.
        warmup: Rounds whose times are thrown away (caches, lazy packing of weights, clocks).
        iterations: Rounds that count.
        budget_s: Stop after the round that passes this many seconds, warm-up included, but never
            before `SMALLEST_ROUNDS`.
        clock: Nanoseconds, monotonic.
        progress: Called with (rounds done, rounds wanted) after every round, outside the timing.

    Returns:
        Milliseconds by name, one for each round, so that sample i of all candidates is one round.

    The cyclic garbage collector rests meanwhile: a collection would land on one candidate.
    """
    if not candidates:
        raise BadUsage("there is nothing to measure: no candidate was given")
    if iterations < 1 or warmup < 0:
        raise BadUsage(f"iterations is {iterations} and warmup {warmup}; use at least 1 and 0")
    names = tuple(candidates)
    samples: dict[str, list[float]] = {name: [] for name in names}
    collecting = gc.isenabled()
    gc.disable()
    try:
        started = clock()
        for round_ in range(-warmup, iterations):
            for place in range(len(names)):
                name = names[(round_ + place) % len(names)]
                run = candidates[name]
                before = clock()
                run()
                after = clock()
                if round_ >= 0:
                    samples[name].append((after - before) / 1e6)
            if progress is not None:
                progress(round_ + 1 + warmup, iterations + warmup)
            spent = (clock() - started) / 1e9
            if budget_s is not None and spent > budget_s and round_ + 1 >= SMALLEST_ROUNDS:
                break
    finally:
        if collecting:
            gc.enable()
    return {name: tuple(found) for name, found in samples.items()}


def summarise(samples: Sequence[float]) -> Latency:
    """Return the distribution of latencies given in milliseconds.

    Percentiles interpolate linearly between neighbours, NumPy's default.
    """
    if not samples:
        raise BadUsage("there is nothing to summarise: no latency was measured")
    values = np.asarray(samples, np.float64)
    p50, p90, p95, p99 = (float(p) for p in np.percentile(values, (50, 90, 95, 99)))
    low, high = median_interval(values) or (None, None)
    return Latency(
        p50=p50,
        p90=p90,
        p95=p95,
        p99=p99,
        mean=float(values.mean()),
        std=float(values.std()),
        min=float(values.min()),
        max=float(values.max()),
        n=len(values),
        p50_low=low,
        p50_high=high,
    )


def median_interval(samples: Sequence[float] | Array) -> tuple[float, float] | None:
    """Return an interval that holds the true median with at least 95 %; None below 6 samples.

    Two order statistics, whatever the distribution: the number of samples below the median is
    binomial (n, 1/2), so [x_(l), x_(n+1-l)] misses it with 2 P(Binomial(n, 1/2) < l). Above
    `EXACT_UP_TO` samples l is floor(n/2 - 0.98 sqrt(n)), the normal approximation.

    It takes the samples as independent. Runs that follow each other are alike, so it covers the
    noise of this measurement, not the next boot.

    Source: Le Boudec, Performance Evaluation of Computer and Communication Systems, EPFL Press
    2010, theorem 2.1 and table A.1.

    >>> median_interval([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    (2.0, 9.0)
    """
    n = len(samples)
    rank = _rank(n)
    if rank < 1:
        return None
    ordered = np.sort(np.asarray(samples, np.float64))
    return float(ordered[rank - 1]), float(ordered[n - rank])


def _rank(n: int) -> int:
    """Return the largest l with 2 P(Binomial(n, 1/2) < l) <= 5 %; 0 when there is none."""
    if n > EXACT_UP_TO:
        return math.floor(n / 2 - 0.98 * math.sqrt(n))
    ways, rank, term = 0, 0, 1  # term is C(n, rank)
    while 40 * (ways + term) <= 2**n:  # 2 * ways / 2^n <= 1 / 20
        ways += term
        term = term * (n - rank) // (rank + 1)
        rank += 1
    return rank


def median_ratio_interval(
    a: Sequence[float], b: Sequence[float], *, seed: int = 0
) -> RatioInterval:
    """Return median(a) / median(b) with a 95 % percentile bootstrap interval.

    `median_ratio_interval(fp32, int8)` is the speed-up of int8. Samples of equal length are taken
    as rounds of one interleaved measurement and drawn together, so that a drift they share cancels.

    The interval covers the noise of this measurement, not the next boot, board or temperature; runs
    that follow each other are alike, so treat a bound that just clears a gate as not cleared.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3.
    """
    if not len(a) or not len(b):
        raise BadUsage("there is nothing to compare: one side has no latency")
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    random = np.random.default_rng(seed)
    ratios = np.empty(RESAMPLES)
    for i in range(RESAMPLES):  # one by one: [resamples, n] at once would not fit a small board
        drawn = random.integers(0, len(first), len(first))
        paired = (
            drawn if len(first) == len(second) else random.integers(0, len(second), len(second))
        )
        ratios[i] = np.median(first[drawn]) / np.median(second[paired])
    low, high = (float(bound) for bound in np.percentile(ratios, (2.5, 97.5)))
    return RatioInterval(float(np.median(first) / np.median(second)), low, high)
