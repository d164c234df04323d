"""Which formats are searched, each with its share of the time, and what comes of it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgeattn_converters.evidence import Array
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.search.budget import Found, Limits, search
from edgeattn_converters.search.journal import Journal, key_of
from edgeattn_converters.search.stopwatch import Measure, time_in_turn
from edgeattn_converters.search.subject import Subject
from edgeattn_converters.verdict import Decided
from edgeattn_converters.verify import Measured
from edgeattn_runtime.report import Gates
from edgeattn_runtime.search_report import SearchReport

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Search:
    """Whether to search for per-layer precision, and for how long.

    Attributes:
        always: Look for a faster mix although a uniform variant holds the gates.
        seconds: For all formats together.
        trials: Files per format beyond the uniform variants.
        journal: Where measurements are written down, to resume from; None keeps nothing.
        measure: Times files in turn; None times them here.
    """

    always: bool = False
    seconds: float = 180.0
    trials: int = Limits.trials
    journal: Path | None = None
    measure: Measure | None = None

    def forget(self, reports: Sequence[SearchReport]) -> None:
        """Delete the journal, unless a search was stopped early and may be resumed."""
        if self.journal is not None and all(one.complete for one in reports):
            self.journal.unlink(missing_ok=True)


def worth_searching(
    measured: Sequence[Measured], decided: Decided, gates: Gates, search: Search | None
) -> tuple[str, ...]:
    """Return the formats in which a search can change the outcome.

    That is where no int8 variant is recommended, or where all are slower than was asked for. A
    format without an int8 variant has nothing to search.
    """
    if search is None:
        return ()
    integers = [
        one for one in measured if one.draft.target is None and one.draft.precision != "fp32"
    ]
    found = []
    for format in dict.fromkeys(one.draft.format for one in integers):
        taken = decided.recommended.get(format)
        wins = [one for one in integers if taken is not None and one.draft.file == taken.file]
        wins = [one for one in wins if one.draft.format == format and one in decided.shipped]
        fast_enough = any(
            (one.facts.speedup_vs_fp32 or 1.0) >= (gates.min_speedup or 0.0) for one in wins
        )
        if search.always or not fast_enough:
            found.append(format)
    return tuple(found)


def search_formats(
    subjects: Iterable[Subject],
    measured: Sequence[Measured],
    gates: Gates,
    order: Search,
    *,
    threads: int,
    facts: Sequence[object] = (),
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Found]:
    """Search each subject; by format.

    Args:
        subjects: One a format.
        measured: The uniform variants and the float files, measured side by side.
        gates: What must hold.
        order: How.
        threads: CPU threads for one inference.
        facts: What else the measurements depend on: versions, the machine.
        progress: Called with what is being done and the share done.
        clock: Seconds, monotonic.
    """
    queue = [subject for subject in subjects if subject.groups]
    journal = Journal(order.journal, _key(queue, threads, facts))
    began, found = clock(), {}
    for place, subject in enumerate(queue):
        format = subject.policy.format
        entries = [
            one
            for one in measured
            if one.draft.format == format and not one.draft.stock and one.draft.target is None
        ]
        left = max(0.0, order.seconds - (clock() - began)) / (len(queue) - place)

        def say(text: str, share: float, place: int = place, format: str = format) -> None:
            if progress is not None:
                progress(f"{format}: {text}", (place + share) / len(queue))

        found[format] = search(
            subject,
            entries,
            gates.max_drop_pp,
            measure=order.measure or time_in_turn(subject.evidence.x, threads),
            threads=threads,
            limits=Limits(left, order.trials),
            journal=journal.part(format),
            progress=say,
            clock=clock,
        )
    return found


def reports_of(found: Mapping[str, Found], decided: Decided) -> tuple[SearchReport, ...]:
    """Return the reports with the file that ships marked, whatever the last measurement chose."""
    return tuple(_marked(format, one.report, decided) for format, one in found.items())


def recipes_of(
    found: Mapping[str, Found], subjects: Sequence[Subject], decided: Decided
) -> Iterator[tuple[str, Recipe]]:
    """Yield, by format searched, the recipe of the int8 file that ships."""
    for subject in subjects:
        format = subject.policy.format
        name = _shipped(format, decided)
        if format not in found or name is None:
            continue
        mine = found[format].recipe
        uniform = subject.recipe.variants(subject.policy.cores, subject.policy.linears)
        for recipe in itertools.chain(() if mine is None else (mine,), uniform):
            if recipe.name == name:
                yield format, recipe
                break


def _shipped(format: str, decided: Decided) -> str | None:
    return next(
        (
            one.draft.recipe
            for one in decided.shipped
            if one.draft.format == format
            and one.draft.target is None
            and one.draft.precision != "fp32"
        ),
        None,
    )


def _marked(format: str, report: SearchReport, decided: Decided) -> SearchReport:
    name = _shipped(format, decided)
    before = next((point.recipe for point in report.points if point.chosen), None)
    if name == before:
        return report
    return replace(
        report,
        points=tuple(replace(point, chosen=point.recipe == name) for point in report.points),
        outcome=f"{report.outcome}; measured again beside all others, {name} was faster",
    )


def _key(subjects: Sequence[Subject], threads: int, facts: Sequence[object]) -> str:
    arrays: dict[str, Array | None] = {}
    for subject in subjects[:1]:
        arrays = {f"x {name}": values for name, values in subject.evidence.x.items()}
        arrays["y"] = subject.evidence.y
        arrays["float"] = subject.evidence.logits
    return key_of(
        {subject.policy.name: subject.exact for subject in subjects},
        arrays,
        *(
            f"{one.recipe} {sorted(one.ranges.bounds.items())} {one.policy.name}"
            for one in subjects
        ),
        threads,
        *facts,
    )
