"""Choose: from tables of noise and cost to the fastest mix that holds the accuracy asked for.

    too inaccurate    lift groups, most noise removed per millisecond first, until a file holds
    then              put back those that were lifted in vain, the dearest first
    accurate          switch groups that measured faster in another precision

The tables only say what to try next. Every step stands on a real file: its accuracy on the
evaluation data, its latency beside the one it would replace. Ties are broken by name, so the same
numbers give the same choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from edgeattn_converters.search.groups import Group, Mix, switched
from edgeattn_converters.search.point import Point

NOISE_OF_CLOCK = 0.01
"""Of the whole latency: a switch that saves less has saved nothing (medians of interleaved runs of
the same file differ by 0.3-0.8 % on a busy machine)."""

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

    def noise_of(self, mix: Mix) -> float:
        """Return the noise of a mix, as if the errors of its groups were independent."""
        return sum(self.noise[group.name, one] for group, one in zip(self.groups, mix, strict=True))

    def ladder(self) -> tuple[Mix, ...]:
        """Return mixes from the start upwards, each removing the most noise per millisecond.

        The last one before nothing is int8 any more is where it ends.
        """
        rungs: list[Mix] = []
        mix = self.start
        while True:
            steps = sorted(self._lifts(mix), key=lambda step: (-step[0], step[1], step[2]))
            if not steps:
                return tuple(rungs)
            mix = switched(self.groups, mix, steps[0][1], steps[0][2])
            if set(mix) == {"float"}:
                return tuple(rungs)
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
            if other != now and saved > NOISE_OF_CLOCK * self.start_ms:
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

    When nothing holds, the nearest point comes back: the one that loses least.
    """
    walk = _Walk(tables, evaluate, max_drop_pp)
    best: Point | None = start
    if not start.within(max_drop_pp):
        best = walk.lift()
        if best is not None:
            best = walk.put_back(best)
    if best is not None:
        best = walk.speed_up(best)
    if best is None:
        best = min((start, *walk.seen), key=lambda point: (not point.sound, point.loss, point.name))
    return best, walk.ended


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
        return point if point.within(self.max_drop_pp) else None

    def lift(self) -> Point | None:
        """Climb the ladder to the first rung that holds: in doubling steps, then by halves."""
        rungs = self.tables.ladder()
        low, step, found = -1, 1, None
        while low < len(rungs) - 1:
            at = min(low + step, len(rungs) - 1)
            found = self._holds(rungs[at])
            if found is not None or not self.ended:
                break
            low, step = at, 2 * step
        if found is None:
            return None
        high = at
        while high - low > 1 and self.ended:
            middle = (low + high) // 2
            lower = self._holds(rungs[middle])
            if lower is None:
                low = middle
            else:
                high, found = middle, lower
        return found

    def put_back(self, best: Point) -> Point:
        """Undo lifts that the accuracy does not need, the dearest first."""
        tables, start = self.tables, dict(zip(self._names(), self.tables.start, strict=True))
        lifted = [
            (tables.extra_ms[name, now] - tables.extra_ms[name, start[name]], name)
            for name, now in zip(self._names(), best.mix, strict=True)
            if now != start[name]
        ]
        for price, name in sorted(lifted, key=lambda one: (-one[0], one[1])):
            if price <= 0 or not self.ended:
                continue
            trial = self._holds(switched(tables.groups, best.mix, name, start[name]))
            if trial is not None and trial.latency_ms <= best.latency_ms:
                best = trial
        return best

    def speed_up(self, best: Point) -> Point:
        """Switch what measured faster: everything at once, else one by one."""
        steps = self.tables.savings(best.mix)
        together = best.mix
        for _, name, precision in steps:
            together = switched(self.tables.groups, together, name, precision)
        if not steps or set(together) == {"float"}:
            return best
        trial = self._holds(together)
        if trial is not None and trial.latency_ms < best.latency_ms:
            return trial
        if len(steps) > 1:
            for _, name, precision in steps:
                mix = switched(self.tables.groups, best.mix, name, precision)
                if not self.ended or set(mix) == {"float"}:
                    continue
                trial = self._holds(mix)
                if trial is not None and trial.latency_ms < best.latency_ms:
                    best = trial
        return best

    def _names(self) -> tuple[str, ...]:
        return tuple(group.name for group in self.tables.groups)
