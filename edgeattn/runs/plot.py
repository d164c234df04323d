"""The history as curves: a line a candidate, a chart for every model on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from edgeattn.likeness import disturbances
from edgeattn.report import quantities as q
from edgeattn.report.candidates import counts_instructions, rows_of
from edgeattn.report.charts import Svg
from edgeattn.report.curves import COLOURS, WIDE, Series, line_chart, standalone
from edgeattn.report.sustained import curves_of
from edgeattn.runs.history import RecordedRun
from edgeattn_runtime.errors import BadUsage

SUFFIXES = (".svg", ".html")


def draw_history(runs: Sequence[RecordedRun]) -> Svg:
    """Draw the medians of runs against their numbers; a disturbed run is hollow.

    Raises:
        BadUsage: None of them measured a latency.
    """
    charts = []
    for (model, machine, counted), group in _groups(runs).items():
        series = _series(group, counted=counted)
        if not series:
            continue
        unit = "M instr." if counted else "ms"
        heading = f"{model} on {machine}, median{' in instructions' if counted else ''}"
        label = f"{heading}, runs {group[0].number} to {group[-1].number}"
        chart = line_chart(series, unit=unit, across="run", label=label, dots=True, width=WIDE)
        charts.append((heading, chart, tuple(one.name for one in series)))
    if not charts:
        raise BadUsage("none of these runs measured a latency; `edgeattn bench BUNDLE` adds one")
    return standalone(charts, "Runs; hollow: disturbed, not to be compared")


def draw_sustained(run: RecordedRun) -> Svg:
    """Draw latency, clock and temperature of a sustained run over time.

    Raises:
        BadUsage: The run has no such curve.
    """
    drawn = curves_of(run.report, WIDE)
    charts = [
        (f"{heading}: {how}", chart, ())
        for curves in drawn
        for heading, how, chart in curves.charts
    ]
    if not charts:
        raise BadUsage(
            f"run {run.number} did not run without a pause; "
            "`edgeattn bench BUNDLE --sustained 10m` does"
        )
    sentences = []
    for one in drawn:
        sentences.append(f"{one.name}: {one.sentence}")
        sentences += [f"The clock was held back: {'; '.join(one.held_back)}"] * bool(one.held_back)
    return standalone(charts, f"Run {run.number}, without a pause", sentences)


def require_suffix(path: Path) -> None:
    """Refuse a name that is neither a drawing's nor a page's.

    Raises:
        BadUsage: Another suffix.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadUsage(f"{path.name} ends in none of {', '.join(SUFFIXES)}; name it so")


def write_drawing(path: Path, drawing: Svg, title: str) -> None:
    """Write a drawing as .svg, or as a page that holds it.

    Raises:
        BadUsage: Another suffix.
    """
    require_suffix(path)
    text = str(drawing)
    if path.suffix.lower() == ".html":
        text = (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(title)}</title></head><body>{drawing}</body></html>"
        )
    path.write_text(text + "\n", encoding="utf-8")


def _groups(runs: Iterable[RecordedRun]) -> dict[tuple[str, str, bool], list[RecordedRun]]:
    """Return the runs by model, machine and kind of clock, oldest first."""
    groups: dict[tuple[str, str, bool], list[RecordedRun]] = {}
    for run in sorted(runs, key=lambda run: run.number):
        model = str((run.report.get("model") or {}).get("name") or "unnamed")
        machine = str((run.report.get("context") or {}).get("machine") or run.device)
        groups.setdefault((model, machine, counts_instructions(run.report)), []).append(run)
    return groups


def _series(runs: Sequence[RecordedRun], *, counted: bool) -> list[Series]:
    """Return a line for each candidate, with a gap where a run did not measure it."""
    medians = [_medians(run.report, "instructions_m" if counted else "latency_ms") for run in runs]
    names = dict.fromkeys(name for found in medians for name in found)
    hollow = frozenset(i for i, run in enumerate(runs) if disturbances(run.report))
    return [
        Series(
            name=name,
            points=tuple((float(run.number), medians[i].get(name)) for i, run in enumerate(runs)),
            hollow=hollow,
        )
        for name in list(names)[:COLOURS]
    ]


def _medians(report: Mapping[str, Any], key: str) -> dict[str, float]:
    found = {row.title: q.finite(row.part(key, "p50")) for row in rows_of(report)}
    return {name: value for name, value in found.items() if value is not None}
