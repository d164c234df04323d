"""Latency over minutes: what a board still does once it is hot.

A Raspberry Pi without a fan keeps its first median for a minute or two; what a product will see is
the last one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.frequency import frequency_mhz
from edgeattn_runtime.heat import temperature_c
from edgeattn_runtime.latency import summarise
from edgeattn_runtime.throttling import throttling

WINDOW_S = 10.0


@dataclass(frozen=True)
class Window:
    """A stretch of uninterrupted runs.

    Attributes:
        start_s: Seconds since the first run, at its begin.
        end_s: The same at its end.
        p50_ms: Median latency in milliseconds.
        p95_ms: 95th percentile in milliseconds.
        n: Runs.
        temperature_c: Hottest CPU sensor at its end; None where there is none.
        frequency_mhz: Clock of the fastest core used, at its end; None where nobody says.
        held_back: What held the clock back at its end, in words; None where nobody says.
    """

    start_s: float
    end_s: float
    p50_ms: float
    p95_ms: float
    n: int
    temperature_c: float | None
    frequency_mhz: float | None = None
    held_back: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Sustained:
    """One candidate run without a pause, window after window.

    Attributes:
        windows: At least one, in order.
        interrupted: Whether somebody ended it before its time.
    """

    windows: tuple[Window, ...]
    interrupted: bool = False

    @property
    def slowdown(self) -> float:
        """Return the last window's median over the first one's: 1.3 is 30 % slower when hot."""
        return self.windows[-1].p50_ms / self.windows[0].p50_ms

    @property
    def held_back(self) -> tuple[str, ...]:
        """Return everything that held the clock back at any time, in words."""
        reasons = (reason for window in self.windows for reason in window.held_back or ())
        return tuple(dict.fromkeys(reasons))

    def to_json(self) -> dict[str, Any]:
        """Return the object `sustained` of a candidate."""
        windows = [{**vars(one), "held_back": _listed(one.held_back)} for one in self.windows]
        return {"slowdown": self.slowdown, "interrupted": self.interrupted, "windows": windows}

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Sustained:
        """Return what `to_json` wrote; what a newer version added is left out."""
        names = {field.name for field in fields(Window)}
        windows = []
        for one in read["windows"]:
            known = {name: value for name, value in one.items() if name in names}
            reasons = one.get("held_back")
            held_back = None if reasons is None else tuple(reasons)
            windows.append(Window(**{**known, "held_back": held_back}))
        return cls(tuple(windows), bool(read.get("interrupted")))

    def __str__(self) -> str:
        """Return one sentence for a table's note."""
        first, last = self.windows[0], self.windows[-1]
        degrees = "" if last.temperature_c is None else f" at {last.temperature_c:.0f} °C"
        ended = "interrupted " if self.interrupted else ""
        held_back = f", held back: {'; '.join(self.held_back)}" if self.held_back else ""
        return (
            f"{ended}after {last.end_s / 60:.1f} min without a pause {last.p50_ms:.3f} ms"
            f"{degrees}, {self.slowdown:.2f}x the first {first.p50_ms:.3f} ms{held_back}"
        )


@dataclass(frozen=True)
class Gauges:
    """What a board shows between two windows; each gives None where there is nothing to read."""

    temperature_c: Callable[[], float | None] = temperature_c
    frequency_mhz: Callable[[], float | None] = frequency_mhz
    held_back: Callable[[], tuple[str, ...] | None] = lambda: throttling().now


def run_sustained(
    invoke: Callable[[], object],
    *,
    duration_s: float,
    window_s: float | None = None,
    clock: Callable[[], int] = time.perf_counter_ns,
    gauges: Gauges | None = None,
    progress: Callable[[float, float], None] | None = None,
) -> Sustained:
    """Run a candidate without a pause and return its latency window by window.

    Args:
        invoke: A bound session's `invoke`, warmed up.
        duration_s: How long; a run that has begun is ended.
        window_s: Length of a window; None takes `WINDOW_S`, or less so that there are four.
        clock: Nanoseconds, monotonic.
        gauges: Read between windows; None reads this machine's.
        progress: Called with (seconds done, seconds wanted) between windows.

    Whoever interrupts it (Ctrl-C) gets what has been measured, marked as interrupted; before the
    first run has ended there is nothing, and the interruption goes on.

    Raises:
        BadUsage: No time to run.
    """
    if not 0 < duration_s < math.inf:
        raise BadUsage(f"a sustained run of {duration_s:g} s is none; give a positive duration")
    window_s = min(WINDOW_S, duration_s / 4) if window_s is None else window_s
    gauges = gauges or Gauges()
    windows: list[Window] = []
    samples: list[float] = []
    started = opened = now = clock()
    end = started + int(duration_s * 1e9)
    interrupted = False
    try:
        while now < end:
            opened, samples = now, []
            while now < min(end, opened + int(window_s * 1e9)):
                before = now
                invoke()
                now = clock()
                samples.append((now - before) / 1e6)
            windows.append(_window(samples, opened - started, now - started, gauges))
            now = clock()  # reading the gauges is no inference
            if progress is not None:
                progress((now - started) / 1e9, duration_s)
    except KeyboardInterrupt:
        interrupted = True
        if samples and (not windows or windows[-1].start_s < (opened - started) / 1e9):
            windows.append(_window(samples, opened - started, now - started, gauges))
        if not windows:
            raise
    return Sustained(tuple(windows), interrupted)


def _window(samples: list[float], start_ns: int, end_ns: int, gauges: Gauges) -> Window:
    latency = summarise(samples)
    return Window(
        start_s=start_ns / 1e9,
        end_s=end_ns / 1e9,
        p50_ms=latency.p50,
        p95_ms=latency.p95,
        n=latency.n,
        temperature_c=gauges.temperature_c(),
        frequency_mhz=gauges.frequency_mhz(),
        held_back=gauges.held_back(),
    )


def _listed(reasons: tuple[str, ...] | None) -> list[str] | None:
    return None if reasons is None else list(reasons)
