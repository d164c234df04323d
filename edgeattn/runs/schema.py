"""The tables of the run history, and the way from every older form of them to this one.

`PRAGMA user_version` says how many of `MIGRATIONS` a file has been through. A change of the tables
is one more entry; an entry that has been released is never edited.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from edgeattn_runtime.errors import BadEnvironment

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice
        created TEXT NOT NULL,                     -- when it was measured, ISO 8601, UTC
        command TEXT NOT NULL,                     -- convert, check or bench
        device TEXT NOT NULL,                      -- local, ssh://..., adb://...
        model TEXT NOT NULL,
        machine TEXT NOT NULL,
        report TEXT NOT NULL                       -- report.json, whole
    );
    CREATE INDEX runs_of_a_model ON runs (model, machine);
    """,
)


def migrate(connection: sqlite3.Connection, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring a file's tables to the newest form; each step happens wholly or not at all.

    Raises:
        BadEnvironment: A newer edgeattn wrote the file.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(migrations):
        raise BadEnvironment(
            f"it has version {version}, this edgeattn reads up to {len(migrations)}; update "
            "edgeattn, or name another file with EDGEATTN_RUNS"
        )
    for number, statements in enumerate(migrations[version:], start=version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE; {statements}; PRAGMA user_version = {number}; COMMIT;"
        )
