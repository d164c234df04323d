"""Two runs, side by side: allowed only when nothing but the runs themselves differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeattn.report import quantities as q
from edgeattn.report.candidates import rows_of
from edgeattn.report.terminal import table
from edgeattn_runtime.errors import BadInput

# What must agree before two latencies may stand side by side. Temperatures are measured, not set.
CONDITIONS = (
    "machine",
    "architecture",
    "cpu",
    "features",
    "cores",
    "threads",
    "governor",
    "throttled",
    "engine",
    "engine_version",
    "provider_requested",
    "provider_actual",
)


@dataclass(frozen=True)
class Run:
    """A report, and the file that it was read from."""

    path: Path
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """A condition in which two runs differ."""

    field: str
    first: str
    second: str

    def __str__(self) -> str:
        """Say it in one clause."""
        return f"{self.field} is {self.first} in the first, {self.second} in the second"


@dataclass(frozen=True)
class Pair:
    """One candidate in both runs.

    Attributes:
        candidate: Its name.
        first_ms: Median latency in the first run.
        second_ms: Median latency in the second run.
        speedup: first_ms / second_ms: above 1, the second run is the faster.
        accuracy_change_pp: Accuracy of the second minus the first, in points.
        bytes_ratio: Size in the second / size in the first.
    """

    candidate: str
    first_ms: float | None
    second_ms: float | None
    speedup: float | None
    accuracy_change_pp: float | None
    bytes_ratio: float | None


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes:
        first: The file of the first run.
        second: The file of the second run.
        differences: Conditions that differ; not empty only when the comparison was forced.
        pairs: Candidates that both runs measured.
        only_first: Candidates of the first run alone.
        only_second: Candidates of the second run alone.
    """

    first: str
    second: str
    differences: tuple[Difference, ...]
    pairs: tuple[Pair, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    def text(self) -> str:
        """Return the comparison for a terminal."""
        headings = ("Candidate", "First", "Second", "Speed-up", "Accuracy", "Size")
        lines = [f"First:  {self.first}", f"Second: {self.second}", ""]
        lines += [table(headings, [_cells(pair) for pair in self.pairs])]
        for where, names in (("first", self.only_first), ("second", self.only_second)):
            lines += [f"Only in the {where}: {', '.join(names)}"] if names else []
        if self.differences:
            lines += ["", "Forced, although the runs were not measured alike:"]
            lines += [f"  {difference}" for difference in self.differences]
        return "\n".join(lines)


def load_run(path: Path) -> Run:
    """Read a report.json, or the one in a bundle."""
    file = path / "report.json" if path.is_dir() else path
    if not file.is_file():
        raise BadInput(f"{path} holds no report.json; name a report or a bundle that was measured")
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise BadInput(f"{file} is no JSON: {fault}; write it again with --json") from fault
    if not isinstance(report, dict) or not isinstance(report.get("candidates"), list):
        raise BadInput(f"{file} has no candidates; name what convert, check or bench wrote")
    return Run(file, report)


def compare(first: Run, second: Run, *, force: bool = False) -> Comparison:
    """Put two runs side by side; refuse when they were measured under unlike conditions."""
    differences = unlike_conditions(first.report, second.report)
    if differences and not force:
        raise BadInput(
            f"these runs were not measured alike: {'; '.join(map(str, differences))}; measure both "
            "on one machine with one setting, or give --force to compare them all the same"
        )
    ours = {row.title: row for row in rows_of(first.report)}
    theirs = {row.title: row for row in rows_of(second.report)}
    return Comparison(
        first=str(first.path),
        second=str(second.path),
        differences=differences,
        pairs=tuple(
            _pair(name, ours[name].facts, theirs[name].facts) for name in ours if name in theirs
        ),
        only_first=tuple(name for name in ours if name not in theirs),
        only_second=tuple(name for name in theirs if name not in ours),
    )


def unlike_conditions(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Return the conditions in which the contexts of two reports differ."""
    ours, theirs = first.get("context") or {}, second.get("context") or {}
    return tuple(
        Difference(field, _said(ours.get(field)), _said(theirs.get(field)))
        for field in CONDITIONS
        if ours.get(field) != theirs.get(field)
    )


def _pair(name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Pair:
    first_ms, second_ms = _median(ours), _median(theirs)
    accuracies = q.finite(ours.get("accuracy")), q.finite(theirs.get("accuracy"))
    return Pair(
        candidate=name,
        first_ms=first_ms,
        second_ms=second_ms,
        speedup=_ratio(first_ms, second_ms),
        accuracy_change_pp=None
        if accuracies[0] is None or accuracies[1] is None
        else 100 * (accuracies[1] - accuracies[0]),
        bytes_ratio=_ratio(q.finite(theirs.get("bytes")), q.finite(ours.get("bytes"))),
    )


def _median(candidate: Mapping[str, Any]) -> float | None:
    latency = candidate.get("latency_ms")
    return q.finite(latency.get("p50")) if isinstance(latency, Mapping) else None


def _ratio(numerator: float | None, denominator: float | None) -> float | None:
    return None if numerator is None or not denominator else numerator / denominator


def _cells(pair: Pair) -> tuple[str, ...]:
    texts = (
        q.milliseconds(pair.first_ms),
        q.milliseconds(pair.second_ms),
        q.times(pair.speedup),
        q.points(pair.accuracy_change_pp),
        q.times(pair.bytes_ratio),
    )
    return (pair.candidate, *("-" if text == q.NOT_MEASURED else text for text in texts))


def _said(value: object) -> str:
    if value is None:
        return "unknown"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
