"""The tables of the run history, and the way from every older form of them to this one.

`PRAGMA user_version` says how many of `MIGRATIONS` a file has been through. A change of the tables
is one more entry; an entry that has been released is never edited.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from edgeattn_runtime.errors import BadEnvironment

Statements = tuple[str, ...]

MIGRATIONS: tuple[Statements, ...] = (
    (
        """
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice
            created TEXT NOT NULL,                     -- when it was measured, ISO 8601, UTC
            command TEXT NOT NULL,                     -- convert, check or bench
            device TEXT NOT NULL,                      -- local, ssh://..., adb://...
            model TEXT NOT NULL,
            machine TEXT NOT NULL,
            report TEXT NOT NULL                       -- report.json, whole
        )
        """,
        "CREATE INDEX runs_of_a_model ON runs (model, machine)",
    ),
)


def migrate(connection: sqlite3.Connection, migrations: Sequence[Statements] = MIGRATIONS) -> None:
    """Bring a file's tables to the newest form; each step happens wholly or not at all.

    Two programs may do so at once: the second finds the step done when its turn comes.

    Raises:
        BadEnvironment: A newer edgeattn wrote the file.
    """
    found = _version(connection)
    if found > len(migrations):
        raise BadEnvironment(
            f"it has version {found}, this edgeattn reads up to {len(migrations)}; update "
            "edgeattn, or name another file with EDGEATTN_RUNS"
        )
    for number, statements in enumerate(migrations[found:], start=found + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) < number:
                for statement in statements:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except sqlite3.Error:
            connection.execute("ROLLBACK")
            raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
