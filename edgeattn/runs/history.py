"""Append runs to the history, list them, read one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from edgeattn.runs.place import history_path
from edgeattn.runs.schema import migrate
from edgeattn_runtime.errors import BadEnvironment, BadUsage

LARGEST = 2**63 - 1  # SQLite's integers
LOCKED_S = 2.0  # another edgeattn writes for some milliseconds


@dataclass(frozen=True)
class RecordedRun:
    """One run out of the history.

    Attributes:
        number: What it is called by.
        created: When it was measured, ISO 8601, UTC.
        command: "convert", "check" or "bench".
        device: "local", "ssh://...", "adb://...".
        report: report.json.
    """

    number: int
    created: str
    command: str
    device: str
    report: Mapping[str, Any]


def append_run(
    report: Mapping[str, Any], command: str, device: str = "local", path: Path | None = None
) -> int:
    """Add a report to the history and return its number.

    Raises:
        BadEnvironment: The file cannot be opened or written: locked, damaged, no right, disk full.
    """
    created = str(report.get("created") or datetime.now(timezone.utc).isoformat(timespec="seconds"))
    model, context = report.get("model") or {}, report.get("context") or {}
    values = (
        *(created, command, device),
        *(str(model.get("name") or "unnamed"), str(context.get("machine") or "unknown")),
        json.dumps(report, ensure_ascii=False, default=str),
    )
    with _opened(path or history_path(), create=True) as connection, connection:
        cursor = connection.execute(
            "INSERT INTO runs (created, command, device, model, machine, report) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
        return int(cursor.lastrowid or 0)


def list_runs(
    *,
    model: str | None = None,
    machine: str | None = None,
    limit: int | None = None,
    path: Path | None = None,
) -> tuple[RecordedRun, ...]:
    """Return the newest runs first.

    Args:
        model: Only those of models whose name contains this, whatever the case.
        machine: Only those of machines or devices whose name contains this.
        limit: At most so many.
        path: The file; None takes the user's own.

    Raises:
        BadEnvironment: The file cannot be read.
    """
    path = path or history_path()
    if not path.exists():
        return ()
    wanted = {"model": f"%{_escaped(model)}%", "machine": f"%{_escaped(machine)}%"}
    with _opened(path) as connection:
        rows = connection.execute(
            "SELECT number, created, command, device, report FROM runs "
            "WHERE model LIKE :model ESCAPE '!' "
            "AND (machine LIKE :machine ESCAPE '!' OR device LIKE :machine ESCAPE '!') "
            "ORDER BY number DESC LIMIT :limit",
            {**wanted, "limit": -1 if limit is None else min(limit, LARGEST)},
        ).fetchall()
    return tuple(_run(row) for row in rows)


def read_run(number: int, path: Path | None = None) -> RecordedRun:
    """Return one run.

    Raises:
        BadUsage: There is no run of that number.
        BadEnvironment: The file cannot be read.
    """
    path = path or history_path()
    row = None
    if number <= LARGEST and path.exists():
        with _opened(path) as connection:
            row = connection.execute(
                "SELECT number, created, command, device, report FROM runs WHERE number = ?",
                (number,),
            ).fetchone()
    if row is None:
        raise BadUsage(f"there is no run {number} in {path}; `edgeattn runs` lists them")
    return _run(row)


def _run(row: tuple[int, str, str, str, str]) -> RecordedRun:
    number, created, command, device, text = row
    try:
        report = json.loads(text)
    except ValueError:
        report = None
    if not isinstance(report, dict):
        raise BadEnvironment(
            f"the report of run {number} is damaged; measure again, and compare with that"
        )
    return RecordedRun(number, created, command, device, report)


@contextmanager
def _opened(path: Path, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """Open the file with its tables as they should be; a fault becomes one sentence."""
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=LOCKED_S)) as connection:
            migrate(connection)
            yield connection
    except (sqlite3.Error, OSError, ValueError, BadEnvironment) as error:
        raise BadEnvironment(f"the run history {path} cannot be used: {_why(error)}") from error


def _why(error: Exception) -> str:
    said = str(error)
    if "locked" in said:
        return "another program holds it; try again, or name another file with EDGEATTN_RUNS"
    if "not a database" in said or "malformed" in said:
        return f"{said}; move it away, and the next run begins a new one"
    if isinstance(error, BadEnvironment):
        return said
    return f"{said}; name another file with EDGEATTN_RUNS"


def _escaped(part: str | None) -> str:
    """Return what LIKE takes word for word."""
    return "".join(f"!{sign}" if sign in "!%_" else sign for sign in part or "")
