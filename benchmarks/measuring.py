"""Time model files in turn, on one thread: the part that all benchmarks share."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edgeattn_runtime.latency import (
    Latency,
    RatioInterval,
    measure_interleaved,
    median_ratio_interval,
    summarise,
)
from edgeattn_runtime.session import Session, open_session

SEED = 0


@dataclass(frozen=True)
class Effort:
    """How long to measure.

    Attributes:
        name: As pages say it.
        rounds: Rounds in which every candidate has its turn.
        warmup: Rounds before, whose times are thrown away.
        turn_ms: A candidate that takes less is repeated within its turn until it takes this long.
        repeats: Whole repetitions of what takes seconds, such as a command.
    """

    name: str
    rounds: int
    warmup: int
    turn_ms: float
    repeats: int


QUICK = Effort("quick", rounds=40, warmup=5, turn_ms=0.5, repeats=1)
FULL = Effort("full", rounds=400, warmup=30, turn_ms=1.0, repeats=5)


@dataclass(frozen=True)
class Timing:
    """Latency of one candidate, and how many times as fast as the reference it is."""

    latency_ms: Latency
    speedup: RatioInterval

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"latency_ms": self.latency_ms.to_json(), "speedup": asdict(self.speedup)}


def time_in_turn(
    runs: Mapping[str, Callable[[], object]], effort: Effort, *, turn_ms: float | None = None
) -> dict[str, tuple[float, ...]]:
    """Return milliseconds of one run by name, sample i of all names from the same round.

    Args:
        runs: What to run, by name.
        effort: How often.
        turn_ms: In place of `effort.turn_ms`; 0 times single runs, as percentiles want.
    """
    turn_ms = effort.turn_ms if turn_ms is None else turn_ms
    counts = {name: _repeats(run, turn_ms) for name, run in runs.items()}
    turns = {name: _repeated(run, counts[name]) for name, run in runs.items()}
    found = measure_interleaved(turns, warmup=effort.warmup, iterations=effort.rounds)
    return {name: tuple(t / counts[name] for t in times) for name, times in found.items()}


def compare_files(contents: Mapping[str, bytes], effort: Effort) -> dict[str, Timing]:
    """Time model files against the first of them, all in this process, on random inputs."""
    runs = {name: opened(content).invoke for name, content in contents.items()}
    return against(next(iter(runs)), time_in_turn(runs, effort))


def against(reference: str, samples: Mapping[str, tuple[float, ...]]) -> dict[str, Timing]:
    """Return the timings with their speed-up over `reference`."""
    return {
        name: Timing(summarise(times), median_ratio_interval(samples[reference], times, seed=SEED))
        for name, times in samples.items()
    }


def opened(content: bytes) -> Session:
    """Return a session on one thread, bound to random numbers that fit its inputs."""
    session = open_session(content, threads=1)
    random = np.random.default_rng(SEED)
    session.bind(
        {
            port.name: (random.standard_normal(port.shape) * (1 if port.dtype == "float32" else 40))
            .clip(-127, 127)
            .astype(port.dtype)
            for port in session.inputs
        }
    )
    return session


def _repeats(run: Callable[[], object], turn_ms: float) -> int:
    """Return how often `run` fits into a turn, at least once."""
    if turn_ms <= 0:
        return 1
    run()
    before = time.perf_counter_ns()
    run()
    took_ms = (time.perf_counter_ns() - before) / 1e6
    return max(1, math.ceil(turn_ms / max(took_ms, 1e-3)))


def _repeated(run: Callable[[], object], count: int) -> Callable[[], object]:
    if count == 1:
        return run

    def turn() -> None:
        for _ in range(count):
            run()

    return turn
