"""Choose: from tables of noise and cost to the fastest mix that holds the accuracy asked for.

    too inaccurate    lift groups, most noise removed per millisecond first, until a file holds
    then              put back those that were lifted in vain, the dearest first
    accurate          switch groups that measured faster in another precision

The tables only say what to try next. Every step stands on a real file: its accuracy on the
evaluation data, its latency beside the one it would replace. Ties are broken by name, so the same
numbers give the same choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from edgeattn_converters.search.alike import guessed
from edgeattn_converters.search.groups import Group, Mix, switched
from edgeattn_converters.search.point import Point

NOISE_OF_CLOCK = 0.01
"""Of the whole latency: a switch that saves less has saved nothing (medians of interleaved runs of
the same file differ by 0.3-0.8 % on a busy machine)."""

QUIET_DB = 25.0
"""A mix with more noise is taken only where none with less holds: that some hundred samples lose
nothing at 18 dB does not say that the next ones will not."""

Evaluate = Callable[[Mix], "Point | None"]


@dataclass(frozen=True)
class Tables:
    """What is known of each group by itself, by (group, precision).

    Attributes:
        groups: In order.
        start: The mix that costs are counted from.
        start_ms: Its latency.
        noise: Noise power over signal power of the output, were this group alone not float.
        extra_ms: Latency added when the start has this group switched; may be negative.
    """

    groups: tuple[Group, ...]
    start: Mix
    start_ms: float
    noise: Mapping[tuple[str, str], float]
    extra_ms: Mapping[tuple[str, str], float]

    def completed(self) -> Tables:
        """Return the tables with a guess wherever the time did not suffice to measure."""
        every = [(group.name, one) for group in self.groups for one in group.choices]
        noise, extra_ms = (
            guessed(known, self.groups, every) | dict(known)
            for known in (self.noise, self.extra_ms)
        )
        return replace(self, noise=noise, extra_ms=extra_ms)

    def noise_of(self, mix: Mix) -> float:
        """Return the noise of a mix, as if the errors of its groups were independent."""
        return sum(self.noise[group.name, one] for group, one in zip(self.groups, mix, strict=True))

    def ladder(self) -> tuple[Mix, ...]:
        """Return mixes from the start upwards, each removing the most noise per millisecond."""
        rungs: list[Mix] = []
        mix = self.start
        while True:
            steps = sorted(self._lifts(mix), key=lambda step: (-step[0], step[1], step[2]))
            if not steps:
                return tuple(rungs)
            mix = switched(self.groups, mix, steps[0][1], steps[0][2])
            rungs.append(mix)

    def _lifts(self, mix: Mix) -> Iterator[tuple[float, str, str]]:
        smallest = NOISE_OF_CLOCK * self.start_ms
        for group, now in zip(self.groups, mix, strict=True):
            for better in group.choices:
                gain = self.noise[group.name, now] - self.noise[group.name, better]
                if gain > 0:
                    price = self.extra_ms[group.name, better] - self.extra_ms[group.name, now]
                    yield gain / max(price, smallest), group.name, better

    def savings(self, mix: Mix) -> list[tuple[float, str, str]]:
        """Return switches that measured faster, (milliseconds, group, precision), best first."""
        found = []
        for group, now in zip(self.groups, mix, strict=True):
            saved, other = max(
                (self.extra_ms[group.name, now] - self.extra_ms[group.name, one], one)
                for one in group.choices
            )
            asked_for_size = now == "w4"
            if other != now and not asked_for_size and saved > NOISE_OF_CLOCK * self.start_ms:
                found.append((saved, group.name, other))
        return sorted(found, key=lambda step: (-step[0], step[1]))


def choose(
    tables: Tables, start: Point, evaluate: Evaluate, max_drop_pp: float | None
) -> tuple[Point, bool]:
    """Return the fastest point found that holds the gate, and whether the search ran to its end.

    Args:
        tables: What is known of each group; `tables.start` is the mix of `start`.
        start: The fastest uniform variant that holds, else the fastest of all.
        evaluate: Measures a mix as a real file; None when time or trials are used up.
        max_drop_pp: Points of accuracy that may be lost; None is off.

    When nothing holds, the nearest point comes back: the one that loses least. A gate that is off
    or at 100 asks for no accuracy at all, else a file shall also have `QUIET_DB`.
    """
    walk = _Walk(tables, evaluate, max_drop_pp)
    best: Point | None = start
    if not walk.enough(start):
        best = walk.lift()
        if best is not None:
            best = walk.put_back(best)
    if best is not None:
        best = walk.speed_up(best)
    return best or walk.nearest(start), walk.ended


class _Walk:
    """One search: what it has seen, and whether it could go on to the end."""

    def __init__(self, tables: Tables, evaluate: Evaluate, max_drop_pp: float | None) -> None:
        self.tables, self.evaluate, self.max_drop_pp = tables, evaluate, max_drop_pp
        self.seen: list[Point] = []
        self.ended = True

    def _holds(self, mix: Mix) -> Point | None:
        """Return the point of a mix when it keeps the accuracy."""
        point = self.evaluate(mix)
        if point is None:
            self.ended = False
            return None
        self.seen.append(point)
        return point if self.enough(point) else None

    def enough(self, point: Point) -> bool:
        """Tell whether a point is as accurate as a choice has to be."""
        asked = self.max_drop_pp is not None and self.max_drop_pp < 100
        return point.within(self.max_drop_pp) and (not asked or point.sqnr_db >= QUIET_DB)

    def nearest(self, start: Point) -> Point:
        """Return the fastest point that holds the gate alone, else the one that loses least."""
        points = (start, *self.seen)
        holding = [point for point in points if point.within(self.max_drop_pp)]
        if holding:
            return min(holding, key=lambda point: (point.latency_ms, point.name))
        return min(points, key=lambda point: (not point.sound, point.loss, point.name))

    def lift(self) -> Point | None:
        """Climb the ladder to the first rung that holds: in doubling steps, then by halves."""
        rungs = self.tables.ladder()
        low, high, step = -1, len(rungs), 1
        found = None
        while found is None and low < len(rungs) - 1 and self.ended:
            high = min(low + step, len(rungs) - 1)
            found = self._float(rungs[high]) or self._holds(rungs[high])
            if found is None:
                low, step = high, 2 * step
        while found is not None and high - low > 1 and self.ended:
            middle = (low + high) // 2
            lower = self._holds(rungs[middle])
            if lower is None:
                low = middle
            else:
                high, found = middle, lower
        return found

    def put_back(self, best: Point) -> Point | None:
        """Undo lifts that the accuracy does not need, the dearest first; None when all are."""
        tables = self.tables
        cheaper = []
        for group, was, now in zip(tables.groups, tables.start, best.mix, strict=True):
            for one in dict.fromkeys((was, *group.choices)):
                saved = tables.extra_ms[group.name, now] - tables.extra_ms[group.name, one]
                if saved > 0 and now != was:
                    cheaper.append((-saved, group.name, one != was, one))
        done: set[str] = set()
        for _, name, _, precision in sorted(cheaper):
            if name in done or not self.ended:
                continue
            trial = self._holds(switched(tables.groups, best.mix, name, precision))
            if trial is not None and trial.latency_ms <= best.latency_ms:
                best = trial
                done.add(name)
        return None if set(best.mix) == {"float"} else best

    def _float(self, mix: Mix) -> Point | None:
        """Return what nothing but float would be: it holds, and is where to put back from."""
        if set(mix) != {"float"}:
            return None
        tables = self.tables
        extra = sum(tables.extra_ms[group.name, "float"] for group in tables.groups)
        return Point("fp32", mix, tables.start_ms + extra, 1.0, 0.0, math.inf, sound=True)

    def speed_up(self, best: Point) -> Point:
        """Switch what measured faster: everything at once, else what is quiet, else one by one.

        Quiet is a switch that alone adds less noise than the whole of what it would join.
        """
        steps = self.tables.savings(best.mix)
        quiet = [
            one for one in steps if self.tables.noise[one[1:]] <= self.tables.noise_of(best.mix)
        ]
        for several in (steps, quiet) if len(quiet) > 1 else (steps,):
            faster = self._faster(best, several)
            if faster is not None:
                return faster
        for one in quiet if len(steps) > 1 else ():
            best = self._faster(best, [one]) or best
        return best

    def _faster(self, best: Point, steps: list[tuple[float, str, str]]) -> Point | None:
        """Return the point with some switches made, when it holds and is faster than `best`."""
        mix = best.mix
        for _, name, precision in steps:
            mix = switched(self.tables.groups, mix, name, precision)
        if mix == best.mix or set(mix) == {"float"} or not self.ended:
            return None
        trial = self._holds(mix)
        return trial if trial is not None and trial.latency_ms < best.latency_ms else None

    def _names(self) -> tuple[str, ...]:
        return tuple(group.name for group in self.tables.groups)
