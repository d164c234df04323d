import json

import pytest

from edgeattn.runs.history import append_run
from tests.edgeattn.cli.conftest import REPORT


@pytest.fixture
def history(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_RUNS", str(tmp_path / "runs.sqlite"))
    return tmp_path / "runs.sqlite"


def test_an_empty_history_is_no_fault(edgeattn, history):
    result = edgeattn("runs")
    assert result.exit_code == 0
    assert "No run is recorded" in result.stdout


def test_runs_are_listed_by_model_and_number(edgeattn, history):
    append_run(REPORT, "bench")
    append_run({**REPORT, "model": {"name": "large"}}, "check", "ssh://pi@kitchen")
    read = json.loads(edgeattn("runs", "--json").stdout)
    assert [run["number"] for run in read["runs"]] == [2, 1]
    only = json.loads(edgeattn("runs", "--model", "tiny", "--json").stdout)["runs"]
    assert [run["median_ms"] for run in only] == [2.0]
    assert edgeattn("runs", "--limit", 1).stdout.count("\n") == 2


def test_a_run_is_shown_again(edgeattn, history, tmp_path):
    append_run(REPORT, "bench")
    assert "ONNX Runtime int8" in edgeattn("runs", "show", 1).stdout
    assert json.loads(edgeattn("runs", "show", 1, "--json").stdout)["model"] == {"name": "tiny"}
    card = tmp_path / "card.html"
    assert edgeattn("runs", "show", 1, "--html", card).exit_code == 0
    assert "EdgeAttn report card" in card.read_text()


def test_runs_are_plotted(edgeattn, history, tmp_path):
    append_run(REPORT, "bench")
    assert edgeattn("runs", "plot", "--out", tmp_path / "h.svg").exit_code == 0
    assert (tmp_path / "h.svg").read_text().startswith("<svg")
    refused = edgeattn("runs", "plot", 1, "--out", tmp_path / "s.svg")
    assert refused.exit_code == 2
    assert "run 1 did not run without a pause" in refused.stderr


def test_a_run_that_is_not_there_is_a_usage_error(edgeattn, history):
    for number in (7, 10**30):  # SQLite's integers end at 2**63
        result = edgeattn("runs", "show", number)
        assert result.exit_code == 2
        assert f"there is no run {number}" in result.stderr


def test_a_filter_that_nothing_passes_says_so(edgeattn, history):
    append_run(REPORT, "bench")
    assert "No run of that model or machine" in edgeattn("runs", "--model", "large").stdout
    assert "tiny" in edgeattn("runs", "--limit", 10**30).stdout


def test_a_drawing_of_another_kind_is_refused_first(edgeattn, history, tmp_path):
    refused = edgeattn("runs", "plot", "--out", tmp_path / "h.png")
    assert refused.exit_code == 2
    assert "h.png ends in none of .svg, .html" in refused.stderr


def test_a_damaged_history_is_one_line(edgeattn, history):
    history.write_bytes(b"something else entirely" * 99)
    result = edgeattn("runs")
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert "move it away" in result.stderr
