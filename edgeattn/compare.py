"""Two runs, side by side: allowed only when nothing but the runs themselves differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeattn.likeness import disturbances, unlike_conditions, unlike_models
from edgeattn.report import quantities as q
from edgeattn.report.candidates import rows_of
from edgeattn.report.terminal import table
from edgeattn_runtime.errors import BadInput


@dataclass(frozen=True)
class Run:
    """A report, and what it is called: a file, or a number in the history."""

    name: str
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """One candidate in both runs.

    Attributes:
        candidate: Its name.
        first_ms: Median latency in the first run; None where it was not measured.
        second_ms: Median latency in the second run.
        speedup: first_ms / second_ms: above 1, the second run is the faster.
        first_instructions_m: Median of the first run in millions of instructions, where the clock
            counts those.
        second_instructions_m: The same of the second.
        instructions_ratio: second / first: below 1, the second run takes fewer.
        accuracy_change_pp: Accuracy of the second minus the first, in points.
        bytes_ratio: Size in the second / size in the first.
        same_file: Whether both measured the very same file; None when a report does not say.
    """

    candidate: str
    first_ms: float | None
    second_ms: float | None
    speedup: float | None
    first_instructions_m: float | None
    second_instructions_m: float | None
    instructions_ratio: float | None
    accuracy_change_pp: float | None
    bytes_ratio: float | None
    same_file: bool | None


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes:
        first: The name of the first run.
        second: The name of the second run.
        objections: Why they should not be compared, in words; not empty only when it was forced.
        pairs: Candidates that both runs measured.
        only_first: Candidates of the first run alone.
        only_second: Candidates of the second run alone.
    """

    first: str
    second: str
    objections: tuple[str, ...]
    pairs: tuple[Pair, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    def text(self) -> str:
        """Return the comparison for a terminal."""
        counted = any(pair.first_instructions_m is not None for pair in self.pairs)
        ratio = "Instructions" if counted else "Speed-up"
        headings = ("Candidate", "First", "Second", ratio, "Accuracy", "Size", "File")
        lines = [f"First:  {self.first}", f"Second: {self.second}", ""]
        lines += [table(headings, [_cells(pair) for pair in self.pairs], words=(0, 6))]
        for where, names in (("first", self.only_first), ("second", self.only_second)):
            lines += [f"Only in the {where}: {', '.join(names)}"] if names else []
        if self.objections:
            lines += ["", "Forced, although these runs are not to be compared:"]
            lines += [f"  {objection}" for objection in self.objections]
        return "\n".join(lines)


def load_run(word: Path | str) -> Run:
    """Read a report.json, the one in a bundle, or the run of a number in the history.

    A file whose name is a number wins over the history.
    """
    path = Path(word)
    if str(word).isdecimal() and not path.exists():
        from edgeattn.runs.history import read_run

        run = read_run(int(str(word)))
        return _checked(f"run {run.number} ({run.command}, {run.created})", run.report)
    file = path / "report.json" if path.is_dir() else path
    if not file.is_file():
        raise BadInput(f"{path} holds no report.json; name a report or a bundle that was measured")
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise BadInput(f"{file} is no JSON: {fault}; write it again with --json") from fault
    return _checked(str(file), report)


def compare(first: Run, second: Run, *, force: bool = False) -> Comparison:
    """Put two runs side by side.

    Raises:
        BadInput: Unlike models or conditions, or a run that was disturbed, and no `force`.
    """
    objections = objections_to(first.report, second.report)
    if objections and not force:
        raise BadInput(
            f"these runs are not to be compared: {'; '.join(objections)}; measure both on one "
            "machine at rest with one setting, or give --force to compare them all the same"
        )
    ours = {row.title: row for row in rows_of(first.report)}
    theirs = {row.title: row for row in rows_of(second.report)}
    return Comparison(
        first=first.name,
        second=second.name,
        objections=objections,
        pairs=tuple(
            _pair(name, ours[name].facts, theirs[name].facts) for name in ours if name in theirs
        ),
        only_first=tuple(name for name in ours if name not in theirs),
        only_second=tuple(name for name in theirs if name not in ours),
    )


def objections_to(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[str, ...]:
    """Return everything that speaks against a comparison, in words."""
    said = [str(one) for one in (*unlike_models(first, second), *unlike_conditions(first, second))]
    for which, report in (("first", first), ("second", second)):
        said += [f"the {which} was disturbed: {what}" for what in disturbances(report)]
    return tuple(said)


def _checked(name: str, report: object) -> Run:
    if not isinstance(report, dict) or not isinstance(report.get("candidates"), list):
        raise BadInput(f"{name} has no candidates; name what convert, check or bench wrote")
    return Run(name, report)


def _pair(name: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Pair:
    first_ms, second_ms = _median(ours, "latency_ms"), _median(theirs, "latency_ms")
    counted = _median(ours, "instructions_m"), _median(theirs, "instructions_m")
    accuracies = q.finite(ours.get("accuracy")), q.finite(theirs.get("accuracy"))
    hashes = ours.get("sha256"), theirs.get("sha256")
    return Pair(
        candidate=name,
        first_ms=first_ms,
        second_ms=second_ms,
        speedup=_ratio(first_ms, second_ms),
        first_instructions_m=counted[0],
        second_instructions_m=counted[1],
        instructions_ratio=_ratio(counted[1], counted[0]),
        accuracy_change_pp=None
        if accuracies[0] is None or accuracies[1] is None
        else 100 * (accuracies[1] - accuracies[0]),
        bytes_ratio=_ratio(q.finite(theirs.get("bytes")), q.finite(ours.get("bytes"))),
        same_file=None if None in hashes else hashes[0] == hashes[1],
    )


def _median(candidate: Mapping[str, Any], key: str) -> float | None:
    distribution = candidate.get(key)
    return q.finite(distribution.get("p50")) if isinstance(distribution, Mapping) else None


def _ratio(numerator: float | None, denominator: float | None) -> float | None:
    return None if numerator is None or not denominator else numerator / denominator


def _cells(pair: Pair) -> tuple[str, ...]:
    if pair.first_instructions_m is None and pair.second_instructions_m is None:
        costs = (q.milliseconds(pair.first_ms), q.milliseconds(pair.second_ms))
        ratio = pair.speedup
    else:
        costs = (
            q.instructions(pair.first_instructions_m),
            q.instructions(pair.second_instructions_m),
        )
        ratio = pair.instructions_ratio
    files = {True: "same", False: "other", None: q.NOT_MEASURED}
    texts = (
        *costs,
        q.times(ratio),
        q.points(pair.accuracy_change_pp),
        q.times(pair.bytes_ratio),
        files[pair.same_file],
    )
    return (pair.candidate, *("-" if text == q.NOT_MEASURED else text for text in texts))
