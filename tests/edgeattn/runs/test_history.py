import sqlite3
from contextlib import closing

import pytest

from edgeattn.runs import history as module
from edgeattn.runs.history import append_run, list_runs, read_run
from edgeattn_runtime.errors import BadEnvironment, BadUsage


def test_a_report_comes_back_whole_under_its_number(record):
    assert [record(1.5), record(2.5)] == [1, 2]
    found = read_run(1)
    assert found.report["candidates"][0]["latency_ms"]["p50"] == 1.5
    assert (found.command, found.device) == ("bench", "local")
    assert found.created == "2026-01-02T03:04:05+00:00"


def test_the_newest_comes_first_and_the_limit_cuts(record):
    for p50 in (1.0, 2.0, 3.0):
        record(p50)
    assert [run.number for run in list_runs(limit=2)] == [3, 2]
    assert len(list_runs()) == 3


def test_runs_are_found_by_model_machine_and_device(record):
    record(model="gesture-hybrid")
    record(machine="x86_64", device="ssh://pi@kitchen")
    assert [run.number for run in list_runs(model="GESTURE")] == [1]
    assert [run.number for run in list_runs(machine="kitchen")] == [2]
    assert [run.number for run in list_runs(machine="raspberry")] == [1]
    assert list_runs(model="gesture", machine="kitchen") == ()


@pytest.mark.parametrize("sign", ["%", "_", "!", "'; DROP TABLE runs; --"])
def test_signs_of_the_query_language_are_taken_word_for_word(record, sign):
    record(model="tiny")
    record(model=f"a{sign}b")
    assert [run.number for run in list_runs(model=sign)] == [2]


def test_a_number_is_never_given_twice(record, history):
    record()
    with closing(sqlite3.connect(history)) as connection, connection:
        connection.execute("DELETE FROM runs")
    assert record() == 2


def test_without_a_file_there_are_no_runs_and_none_is_made(history):
    assert list_runs() == ()
    with pytest.raises(BadUsage, match=r"there is no run 3 in .*; `edgeattn runs` lists them"):
        read_run(3)
    assert not history.exists()


def test_a_report_without_names_is_kept_too(history):
    assert append_run({}, "check") == 1
    assert read_run(1).report == {}


def test_a_file_that_is_no_database_is_told(history):
    history.parent.mkdir()
    history.write_bytes(b"something else entirely" * 99)
    for use in (lambda: append_run({}, "bench"), list_runs, lambda: read_run(1)):
        with pytest.raises(BadEnvironment, match="is not a database; move it away, and the next"):
            use()
    assert history.read_bytes().startswith(b"something else")  # nothing of it is lost


def test_a_locked_file_is_told_after_a_moment(record, history, monkeypatch):
    record()
    monkeypatch.setattr(module, "LOCKED_S", 0.05)
    with closing(sqlite3.connect(history, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BadEnvironment, match="another program holds it; try again"):
            append_run({}, "bench")


def test_a_place_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EDGEATTN_RUNS", str(tmp_path / "file" / "runs.sqlite"))
    with pytest.raises(
        BadEnvironment, match=r"cannot be used: .*name another file with EDGEATTN_RUNS"
    ):
        append_run({}, "bench")


def test_a_history_of_a_newer_edgeattn_is_told(record, history):
    record()
    with closing(sqlite3.connect(history)) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(BadEnvironment, match="it has version 99, this edgeattn reads up to 1"):
        list_runs()


def test_a_report_damaged_by_hand_is_told(record, history):
    record()
    with closing(sqlite3.connect(history)) as connection, connection:
        connection.execute("UPDATE runs SET report = '{'")
    with pytest.raises(BadEnvironment, match="the report of run 1 is damaged; measure again"):
        read_run(1)
