"""The search of one format, told in order: measure groups, choose a mix, say what was found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from edgeattn_converters.candidate import Draft
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.search.allowance import Allowance, OutOfTime, Progress
from edgeattn_converters.search.choose import Tables, choose
from edgeattn_converters.search.cost import extra_ms
from edgeattn_converters.search.findings import search_report
from edgeattn_converters.search.groups import Mix, mix_of
from edgeattn_converters.search.journal import Journal
from edgeattn_converters.search.point import Point
from edgeattn_converters.search.sensitivity import noises
from edgeattn_converters.search.stopwatch import Measure
from edgeattn_converters.search.subject import Subject
from edgeattn_converters.verify import Measured, accuracy_of
from edgeattn_runtime.search_report import SearchReport
from edgeattn_runtime.session import open_session


@dataclass(frozen=True)
class Limits:
    """How long a search may take.

    Attributes:
        seconds: Of one format; what has begun is ended.
        trials: Files beyond the uniform variants. It, not the clock, ends most searches, so that
            the same numbers give the same choice on a slower machine.
    """

    seconds: float = 90.0
    trials: int = 24


@dataclass(frozen=True)
class Found:
    """What a search ended with.

    Attributes:
        draft: The mix to be judged beside the uniform variants; None where one of those is it.
        recipe: What makes the chosen file; None when nothing could be tried.
        report: For report.json.
    """

    draft: Draft | None
    recipe: Recipe | None
    report: SearchReport


def search(
    subject: Subject,
    measured: Sequence[Measured],
    max_drop_pp: float | None,
    *,
    measure: Measure,
    threads: int = 1,
    limits: Limits | None = None,
    journal: Journal | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Find the fastest mix that loses no more accuracy than `max_drop_pp`.

    Args:
        subject: The model in one engine's form.
        measured: That format's fp32 file and its uniform variants, measured side by side.
        max_drop_pp: Points of accuracy that may be lost; None is off.
        measure: Times files in turn.
        threads: For the sessions that accuracy is measured with.
        limits: When to stop.
        journal: What was measured before, and where to write the rest.
        progress: Called with what is being done and the share done.
        clock: Seconds, monotonic.
    """
    limits, journal = limits or Limits(), journal or Journal(None, "")
    allowance = Allowance(limits.seconds, clock, progress)
    trials = _Trials(subject, measured, measure, threads, journal)
    start = trials.start(max_drop_pp)

    def evaluate(mix: Mix) -> Point | None:
        known = trials.known(mix)
        if known is not None:
            return known
        if trials.count >= limits.trials:
            return None
        try:
            allowance.step(f"trying mix {trials.count + 1}")
        except OutOfTime:
            return None
        return trials.make(mix, start)

    noise = noises(subject, journal, allowance.for_noise)
    extra = extra_ms(subject, start.mix, start.latency_ms, measure, journal, allowance.for_cost)
    tables = Tables(subject.groups, start.mix, start.latency_ms, noise, extra)
    chosen, ended = choose(tables.completed(), start, evaluate, max_drop_pp)
    report = search_report(
        subject,
        tables,
        trials.points,
        chosen,
        max_drop_pp,
        ended and not allowance.cut,
        allowance.spent,
    )
    recipe = subject.recipe_of(chosen.mix, chosen.name)
    if chosen.name in trials.uniform:
        return Found(None, recipe, report)
    reasons = {group.name: group.reason for group in report.groups}
    draft = subject.explained(subject.draft(chosen.mix, chosen.name), reasons)
    return Found(draft, recipe, report)


class _Trials:
    """The points measured so far, the uniform variants first."""

    def __init__(
        self,
        subject: Subject,
        measured: Sequence[Measured],
        measure: Measure,
        threads: int,
        journal: Journal,
    ) -> None:
        self.subject, self.measure, self.threads = subject, measure, threads
        self.journal = journal
        self.files = {one.draft.recipe: one.draft.content for one in measured}  # None: fp32
        integers = [one for one in measured if one.draft.precision != "fp32"]
        read = journal.once(
            "uniform variants", lambda: [self._uniform(one).to_json() for one in integers]
        )
        self.points = [Point.from_json(each) for each in read]
        self.uniform = frozenset(point.name for point in self.points)
        self.by_placement = {subject.precisions(point.mix): point for point in self.points}

    def start(self, max_drop_pp: float | None) -> Point:
        """Return the fastest uniform variant that holds, else the fastest."""
        return min(
            self.points,
            key=lambda point: (not point.within(max_drop_pp), point.latency_ms, point.name),
        )

    @property
    def count(self) -> int:
        """How many mixes were tried."""
        return len(self.points) - len(self.uniform)

    def known(self, mix: Mix) -> Point | None:
        """Return the point of a mix that places every operator as one before."""
        point = self.by_placement.get(self.subject.precisions(mix))
        return None if point is None else replace(point, mix=mix)

    def make(self, mix: Mix, start: Point) -> Point:
        """Write a mix, run it on the evaluation data and time it beside start and fp32."""
        name = f"{self.subject.recipe.name}-mix-{self.count + 1}"
        read = self.journal.once(
            f"file {'.'.join(mix)} beside {start.name}",
            lambda: self._measured(mix, start).to_json(),
        )
        point = replace(Point.from_json(read), name=name)
        self.points.append(point)
        self.by_placement[self.subject.precisions(mix)] = point
        return point

    def _measured(self, mix: Mix, start: Point) -> Point:
        draft = self.subject.draft(mix, "trial")
        session = open_session(draft.content, threads=self.threads)
        one = accuracy_of(draft, session, self.subject.evidence)
        del session
        times = self.measure(
            {"fp32": self.files[None], "start": self.files[start.name], "mix": draft.content}
        )
        return Point(
            "trial",
            mix,
            latency_ms=start.latency_ms * times["mix"].p50 / times["start"].p50,
            speedup=times["fp32"].p50 / times["mix"].p50,
            drop_pp=one.facts.accuracy_drop_pp,
            sqnr_db=_finite(one.facts.sqnr_db),
            sound=one.parity.passed,
        )

    def _uniform(self, one: Measured) -> Point:
        facts = one.facts
        assert facts.recipe is not None
        assert facts.latency_ms is not None
        return Point(
            facts.recipe,
            mix_of(self.subject.groups, one.draft.decisions),
            facts.latency_ms.p50,
            facts.speedup_vs_fp32 or 1.0,
            facts.accuracy_drop_pp,
            _finite(facts.sqnr_db),
            one.parity.passed,
        )


def _finite(decibels: float | None) -> float:
    """Return a number that JSON holds; beyond 200 dB outputs are equal."""
    return 200.0 if decibels is None or math.isnan(decibels) else max(-200.0, min(decibels, 200.0))
