import sqlite3
import threading
from contextlib import closing

import pytest

from edgeattn.runs import schema
from edgeattn.runs.schema import MIGRATIONS, migrate
from edgeattn_runtime.errors import BadEnvironment

LATER = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT ''",))


@pytest.fixture
def file(tmp_path):
    with closing(sqlite3.connect(tmp_path / "runs.sqlite")) as connection:
        yield connection


def version(connection):
    return connection.execute("PRAGMA user_version").fetchone()[0]


def test_a_new_file_gets_the_newest_tables(file):
    migrate(file)
    assert version(file) == len(MIGRATIONS)
    assert file.execute("SELECT count(*) FROM runs").fetchone() == (0,)


def test_migrating_twice_changes_nothing(file):
    migrate(file)
    migrate(file)
    assert version(file) == len(MIGRATIONS)


def test_an_older_file_keeps_its_runs(file):
    migrate(file)
    file.execute("INSERT INTO runs VALUES (7, 't', 'bench', 'local', 'm', 'x', '{}')")
    file.commit()
    migrate(file, LATER)
    assert version(file) == len(LATER)
    assert file.execute("SELECT number, note FROM runs").fetchall() == [(7, "")]


def test_a_step_that_fails_leaves_the_file_as_it_was(file):
    migrate(file)
    with pytest.raises(sqlite3.Error):
        migrate(file, (*MIGRATIONS, ("CREATE TABLE notes (text)", "SELECT * FROM nowhere")))
    assert version(file) == len(MIGRATIONS)
    assert file.execute("SELECT name FROM sqlite_master WHERE name = 'notes'").fetchall() == []


def test_a_file_of_a_newer_edgeattn_is_left_alone(file):
    migrate(file, LATER)
    with pytest.raises(BadEnvironment, match=r"it has version 2, this edgeattn reads up to 1"):
        migrate(file)


def test_two_programs_may_begin_a_history_at_once(tmp_path):
    """The second sees version 0 as the first did, and waits for its turn."""
    begin = threading.Barrier(2)
    faults = []

    def program():
        with closing(sqlite3.connect(tmp_path / "runs.sqlite", timeout=5)) as connection:
            begin.wait()
            try:
                migrate(connection)
            except sqlite3.Error as fault:
                faults.append(fault)

    programs = [threading.Thread(target=program) for _ in range(2)]
    for one in programs:
        one.start()
    for one in programs:
        one.join()
    assert faults == []


def test_a_step_that_another_program_took_meanwhile_is_not_taken_again(file, monkeypatch):
    migrate(file)
    stale = iter([0])
    real = schema._version
    monkeypatch.setattr(schema, "_version", lambda connection: next(stale, real(connection)))
    migrate(file)
    assert real(file) == len(MIGRATIONS)
