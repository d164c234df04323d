"""Latency over minutes: what a board still does once it is hot.

A Raspberry Pi without a fan keeps its first median for a minute or two; what a product will see is
the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.heat import temperature_c
from edgeattn_runtime.latency import summarise

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
    """

    start_s: float
    end_s: float
    p50_ms: float
    p95_ms: float
    n: int
    temperature_c: float | None


@dataclass(frozen=True)
class Sustained:
    """One candidate run without a pause, window after window."""

    windows: tuple[Window, ...]

    @property
    def slowdown(self) -> float:
        """Return the last window's median over the first one's: 1.3 is 30 % slower when hot."""
        return self.windows[-1].p50_ms / self.windows[0].p50_ms

    def to_json(self) -> dict[str, Any]:
        """Return the object `sustained` of a candidate."""
        return {"slowdown": self.slowdown, "windows": [asdict(window) for window in self.windows]}

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Sustained:
        """Return what `to_json` wrote."""
        return cls(tuple(Window(**window) for window in read["windows"]))

    def __str__(self) -> str:
        """Return one sentence for a table's note."""
        first, last = self.windows[0], self.windows[-1]
        degrees = "" if last.temperature_c is None else f" at {last.temperature_c:.0f} °C"
        return (
            f"after {last.end_s / 60:.1f} min without a pause {last.p50_ms:.3f} ms{degrees}, "
            f"{self.slowdown:.2f}x the first {first.p50_ms:.3f} ms"
        )


def run_sustained(
    invoke: Callable[[], object],
    *,
    duration_s: float,
    window_s: float | None = None,
    clock: Callable[[], int] = time.perf_counter_ns,
    thermometer: Callable[[], float | None] = temperature_c,
    progress: Callable[[float, float], None] | None = None,
) -> Sustained:
    """Run a candidate without a pause and return its latency window by window.

    Args:
        invoke: A bound session's `invoke`, warmed up.
        duration_s: How long; a run that has begun is ended.
        window_s: Length of a window; None takes `WINDOW_S`, or less so that there are four.
        clock: Nanoseconds, monotonic.
        thermometer: Read between windows.
        progress: Called with (seconds done, seconds wanted) between windows.
    """
    if duration_s <= 0:
        raise BadUsage(f"a sustained run of {duration_s:g} s is none; give a positive duration")
    window_s = min(WINDOW_S, duration_s / 4) if window_s is None else window_s
    windows = []
    started = clock()
    now = started
    end = started + int(duration_s * 1e9)
    while now < end:
        opened, samples = now, []
        while now < min(end, opened + int(window_s * 1e9)):
            before = now
            invoke()
            now = clock()
            samples.append((now - before) / 1e6)
        latency = summarise(samples)
        windows.append(
            Window(
                start_s=(opened - started) / 1e9,
                end_s=(now - started) / 1e9,
                p50_ms=latency.p50,
                p95_ms=latency.p95,
                n=latency.n,
                temperature_c=thermometer(),
            )
        )
        now = clock()  # reading the thermometer is no inference
        if progress is not None:
            progress((now - started) / 1e9, duration_s)
    return Sustained(tuple(windows))
