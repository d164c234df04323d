"""The search for per-layer precision: everything measured, and what each group of layers costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edgeattn.report import quantities as q
from edgeattn.report.candidates import ENGINES
from edgeattn.report.charts import Svg, bar


@dataclass(frozen=True, kw_only=True)
class PointLine:
    """One file that was measured.

    Attributes:
        name: Its recipe.
        role: "ship", "int8" or "poor" (it misses the accuracy asked for): its colour.
        marks: The words beside the name.
        chart: Its latency.
        cells: Latency, speed-up, change of accuracy, SQNR, what its layers run in.
    """

    name: str
    role: str
    marks: tuple[str, ...]
    chart: Svg | None
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GroupLine:
    """One group of layers: what it runs in, what int8 alone does to it, what a switch takes."""

    name: str
    precision: str
    noise: str
    extra: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Search:
    """The search of one engine."""

    title: str
    outcome: str
    how: str
    points: tuple[PointLine, ...]
    groups: tuple[GroupLine, ...]


def searches_of(report: Mapping[str, Any]) -> tuple[Search, ...]:
    """Return the searches of a report; older ones have none."""
    found = [one for one in report.get("search") or () if isinstance(one, Mapping)]
    return tuple(_search(one) for one in found)


def _search(one: Mapping[str, Any]) -> Search:
    points = [point for point in one.get("points") or () if isinstance(point, Mapping)]
    groups = [group for group in one.get("groups") or () if isinstance(group, Mapping)]
    longest = max((q.finite(point.get("latency_ms")) or 0.0 for point in points), default=0.0)
    outcome = str(one.get("outcome") or "")
    format = str(one.get("format") or "")
    seconds = q.finite(one.get("seconds"))
    took = "" if seconds is None else f" in {seconds:.0f}{q.NARROW}s"
    return Search(
        title=ENGINES.get(format, format),
        outcome=outcome[:1].upper() + outcome[1:],
        how=f"{len(points)} files measured{took}, counted from {one.get('start')}",
        points=tuple(_point(point, longest) for point in points),
        groups=tuple(_group(group) for group in groups),
    )


def _point(point: Mapping[str, Any], longest: float) -> PointLine:
    name, latency = str(point.get("recipe") or "unnamed"), q.finite(point.get("latency_ms"))
    chosen, holds = bool(point.get("chosen")), bool(point.get("holds"))
    role = "ship" if chosen and holds else "int8" if holds else "poor"
    marks = [word for word, is_so in (
        ("chosen" if holds else "nearest", chosen),
        ("best trade", bool(point.get("on_front"))),
        ("loses too much", not holds),
    ) if is_so]  # fmt: skip
    drop = q.finite(point.get("accuracy_drop_pp"))
    text = q.milliseconds(latency)
    chart = None if latency is None else bar(latency, longest, kind=role, label=f"{name}: {text}")
    return PointLine(
        name=name,
        role=role,
        marks=tuple(marks),
        chart=chart,
        cells=(
            text,
            q.times(point.get("speedup_vs_fp32")),
            q.points(None if drop is None else -drop),
            q.decibels(point.get("sqnr_db")),
            _counts(point.get("layers")),
        ),
    )


def _group(group: Mapping[str, Any]) -> GroupLine:
    return GroupLine(
        name=str(group.get("name") or "unnamed"),
        precision=str(group.get("precision") or ""),
        noise=_each(group.get("sqnr_db"), q.decibels),
        extra=_each(group.get("extra_ms"), _switch),
        reason=str(group.get("reason") or ""),
    )


def _counts(layers: object) -> str:
    if not isinstance(layers, Mapping):
        return q.NOT_MEASURED
    return ", ".join(f"{count} {precision}" for precision, count in layers.items())


def _each(values: object, write: Callable[[object], str]) -> str:
    if not isinstance(values, Mapping) or not values:
        return q.NOT_MEASURED
    return ", ".join(f"{precision} {write(value)}" for precision, value in values.items())


def _switch(value: object) -> str:
    """Write a latency that a switch adds: "+0.42 ms", "0" for what stays as it is."""
    ms = q.finite(value)
    if ms is None:
        return q.NOT_MEASURED
    return "0" if ms == 0 else f"{'+' if ms > 0 else q.MINUS}{q.milliseconds(abs(ms))}"
