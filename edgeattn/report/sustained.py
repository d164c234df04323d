"""Latency over minutes: the curves of a sustained run, with the clock and the temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeattn.report import quantities as q
from edgeattn.report.candidates import rows_of
from edgeattn.report.charts import Svg
from edgeattn.report.curves import WIDTH, Series, line_chart

SHORT_S = 120.0  # below this the axis counts seconds


@dataclass(frozen=True, kw_only=True)
class Curves:
    """The curves of one candidate.

    Attributes:
        name: Of the candidate.
        sentence: What the curves come to.
        held_back: What held the clock back meanwhile, in words.
        charts: (heading, how to read it, chart) for each quantity that was measured.
    """

    name: str
    sentence: str
    held_back: tuple[str, ...]
    charts: tuple[tuple[str, str, Svg], ...]


def curves_of(report: Mapping[str, Any], width: float = WIDTH) -> tuple[Curves, ...]:
    """Return the curves of every candidate of a report that ran without a pause."""
    found = []
    for row in rows_of(report):
        sustained = row.facts.get("sustained")
        windows = sustained.get("windows") if isinstance(sustained, Mapping) else None
        sound = [one for one in windows or () if isinstance(one, Mapping)]
        if sound and isinstance(sustained, Mapping):
            ended = bool(sustained.get("interrupted"))
            found.append(_curves(row.name, sound, interrupted=ended, width=width))
    return tuple(found)


def _curves(
    name: str, windows: Sequence[Mapping[str, Any]], *, interrupted: bool, width: float
) -> Curves:
    last_s = q.finite(windows[-1].get("end_s")) or 0.0
    unit, scale = ("seconds", 1.0) if last_s < SHORT_S else ("minutes", 60.0)

    def over_time(key: str) -> tuple[tuple[float, float | None], ...]:
        return tuple(
            ((q.finite(one.get("end_s")) or 0.0) / scale, q.finite(one.get(key))) for one in windows
        )

    median = Series(name="median", points=over_time("p50_ms"))
    tail = Series(name="p95", points=over_time("p95_ms"), pale=True)
    clock = Series(name="clock", points=over_time("frequency_mhz"))
    heat = Series(name="temperature", points=over_time("temperature_c"))
    charts = [
        ("Latency", "median, and p95 in a pale line, ms", (median, tail), "ms"),
        ("Clock", "of the fastest core used, MHz", (clock,), "MHz"),
        ("Temperature", "of the hottest CPU sensor, °C", (heat,), "°C"),
    ]
    first, last = q.finite(windows[0].get("p50_ms")), q.finite(windows[-1].get("p50_ms"))
    how_long = f"{q.digits(last_s / scale, 2)} {unit}"
    sentence = f"{how_long} without a pause{', then interrupted' if interrupted else ''}"
    if first and last:
        sentence += (
            f": the median goes from {q.milliseconds(first)} to {q.milliseconds(last)}, "
            f"{q.times(last / first)}"
        )
    reasons = [str(why) for one in windows for why in one.get("held_back") or ()]
    return Curves(
        name=name,
        sentence=sentence,
        held_back=tuple(dict.fromkeys(reasons)),
        charts=tuple(
            (
                heading,
                how,
                line_chart(
                    series,
                    unit=of,
                    across=unit,
                    label=f"{name}: {heading} over {how_long}",
                    width=width,
                ),
            )
            for heading, how, series, of in charts
            if series[0].measured
        ),
    )
