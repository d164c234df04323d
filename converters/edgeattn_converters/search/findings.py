"""Say what a search found: every point, every group with its reason, and one sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edgeattn_converters.search.choose import Tables
from edgeattn_converters.search.groups import Group
from edgeattn_converters.search.point import Point, front
from edgeattn_converters.search.subject import Subject
from edgeattn_runtime.report import EQUAL_DB
from edgeattn_runtime.search_report import SearchGroup, SearchPoint, SearchReport


def search_report(
    subject: Subject,
    tables: Tables,
    points: Sequence[Point],
    chosen: Point,
    max_drop_pp: float | None,
    complete: bool,
    seconds: float,
) -> SearchReport:
    """Return the entry of report.json.

    Args:
        subject: What was searched.
        tables: What is known of each group; empty when time ran out before.
        points: Everything measured.
        chosen: Where the search ended.
        max_drop_pp: What was asked for.
        complete: Whether it ran to its end.
        seconds: What it took.
    """
    best = {point.name for point in front(points)}
    start = next(point.name for point in points if point.mix == tables.start)
    return SearchReport(
        format=subject.policy.format,
        start=start,
        complete=complete,
        seconds=round(seconds, 1),
        outcome=_outcome(chosen, max_drop_pp, complete, len(points)),
        points=tuple(
            SearchPoint(
                recipe=point.name,
                latency_ms=point.latency_ms,
                speedup_vs_fp32=point.speedup,
                accuracy_drop_pp=point.drop_pp,
                sqnr_db=point.sqnr_db,
                layers={word: point.mix.count(word) for word in sorted(set(point.mix))},
                holds=point.within(max_drop_pp),
                on_front=point.name in best,
                chosen=point.name == chosen.name,
            )
            for point in sorted(points, key=lambda each: (each.latency_ms, each.name))
        ),
        groups=tuple(
            SearchGroup(
                name=group.name,
                precision=now,
                reason=_reason(tables, group, was, now) or f"as in {start}",
                sqnr_db={
                    one: _decibels(tables.noise[group.name, one])
                    for one in group.choices
                    if one != "float" and (group.name, one) in tables.noise
                },
                extra_ms={
                    one: tables.extra_ms[group.name, one]
                    for one in group.choices
                    if (group.name, one) in tables.extra_ms
                },
            )
            for group, was, now in zip(subject.groups, tables.start, chosen.mix, strict=True)
        ),
    )


def described(point: Point) -> str:
    """Say what a point is: "int8-mix-3: 0.18 points, 36.1 dB, 1.91x fp32"."""
    drop = "" if point.drop_pp is None else f"{point.drop_pp:.2f} points, "
    return f"{point.name}: {drop}{point.sqnr_db:.1f} dB, {point.speedup:.2f}x fp32"


def _outcome(chosen: Point, max_drop_pp: float | None, complete: bool, count: int) -> str:
    asked = "any accuracy" if max_drop_pp is None else f"a loss of {max_drop_pp:g} points at most"
    if chosen.within(max_drop_pp):
        words = f"the fastest of {count} files with {asked} is {described(chosen)}"
    else:
        words = f"none of {count} int8 files holds {asked}; the nearest is {described(chosen)}"
    return words if complete else f"stopped early, time or trials used up; {words}"


def _reason(tables: Tables, group: Group, was: str, now: str) -> str:
    """Say what was measured of a group's precision; nothing when nothing was."""
    noise = {one: tables.noise.get((group.name, one)) for one in (was, now)}
    extra = {one: tables.extra_ms.get((group.name, one)) for one in group.choices}
    words = []
    if now == was:
        words += [f"alone {_decibels(noise[was]):.1f} dB"] if noise[was] else []
        words += [
            f"{one} takes {ms:+.3f} ms"
            for one, ms in extra.items()
            if one != now and ms is not None
        ]
        return f"searched: {', '.join(words)}" if words else ""
    before, after = noise[was], noise[now]
    if before is not None and after is not None and after < before:
        words.append(f"{was} alone leaves {_decibels(before):.1f} dB")
    instead = f"{now} instead of {was}"
    price, saved = extra[now], extra.get(was)
    if price is None or saved is None:
        words.append(f"{instead} was tried in a whole file")
    else:
        words.append(f"{now if words else instead} takes {price - saved:+.3f} ms")
    return f"searched: {', '.join(words)}"


def _decibels(noise: float | None) -> float:
    return min(EQUAL_DB, -10 * math.log10(noise)) if noise else EQUAL_DB
