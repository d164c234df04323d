"""The history as a table, one line a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edgeattn.likeness import disturbances
from edgeattn.report import quantities as q
from edgeattn.report.candidates import Row, rows_of, winner_of
from edgeattn.report.terminal import table
from edgeattn.runs.history import RecordedRun

HEADINGS = ("Run", "When", "Command", "Model", "Machine", "Best", "Median", "Gates", "")


def table_of(runs: Sequence[RecordedRun]) -> str:
    """Return the runs for a terminal."""
    if not runs:
        return "No run is recorded; `edgeattn bench BUNDLE` adds one."
    return table(HEADINGS, [_cells(run) for run in runs], words=(1, 2, 3, 4, 5, 7, 8))


def facts_of(run: RecordedRun) -> dict[str, Any]:
    """Return what a listing says of a run; `runs show` has the rest."""
    report, best = run.report, _best(run.report)
    return {
        "number": run.number,
        "created": run.created,
        "command": run.command,
        "device": run.device,
        "model": (report.get("model") or {}).get("name"),
        "machine": (report.get("context") or {}).get("machine"),
        "best": None if best is None else best.title,
        "median_ms": None if best is None else best.latency("p50"),
        "median_instructions_m": None if best is None else best.million_instructions,
        "passed": (report.get("verdict") or {}).get("passed"),
        "disturbed": list(disturbances(report)),
    }


def _best(report: Mapping[str, Any]) -> Row | None:
    """Return the verdict's winner, else the one with the lowest median."""
    rows = rows_of(report)
    winner = winner_of(report)
    for row in rows:
        if row.facts is winner:
            return row
    measured = [row for row in rows if row.latency("p50") is not None]
    return min(measured, key=lambda row: row.latency("p50") or 0.0, default=None)


def _cells(run: RecordedRun) -> tuple[str, ...]:
    facts = facts_of(run)
    counted = facts["median_instructions_m"]
    median = q.milliseconds(facts["median_ms"]) if counted is None else q.instructions(counted)
    passed = {True: "hold", False: "FAILED"}.get(facts["passed"], "-")
    machine = str(facts["machine"] or "unknown")
    return (
        str(run.number),
        run.created[:16].replace("T", " "),
        run.command,
        str(facts["model"] or "unnamed"),
        machine if run.device == "local" else f"{machine} ({run.device})",
        str(facts["best"] or "-"),
        "-" if median == q.NOT_MEASURED else median,
        passed,
        "disturbed" if facts["disturbed"] else "",
    )
