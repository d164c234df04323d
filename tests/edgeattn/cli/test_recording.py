import json

import pytest

from edgeattn.runs.history import list_runs
from edgeattn_runtime.machine import Context
from edgeattn_runtime.report import Candidate, ModelFacts, Report, Verdict


@pytest.fixture(params=["check", "bench"])
def measured(request, monkeypatch, tmp_path):
    """Put a fake in the place of the measurement and give the history a place; return the name."""
    report = Report(
        ModelFacts("tiny"),
        Context(machine="Raspberry Pi 5"),
        (Candidate("onnxruntime", "int8", file="model_int8.onnx"),),
        Verdict(None, True, "as measured"),
    )
    monkeypatch.setattr("edgeattn_runtime.bundle.open_bundle", lambda path: path)
    monkeypatch.setattr(
        f"edgeattn_runtime.{request.param}.{request.param}_bundle", lambda bundle, **_: report
    )
    monkeypatch.setenv("EDGEATTN_RUNS", str(tmp_path / "runs.sqlite"))
    return request.param


def test_a_measurement_joins_the_history(edgeattn, measured):
    assert edgeattn(measured, "b").exit_code == 0
    [run] = list_runs()
    assert (run.command, run.device) == (measured, "local")
    assert run.report["context"]["machine"] == "Raspberry Pi 5"


def test_whoever_wants_none_leaves_no_trace(edgeattn, measured, tmp_path):
    assert edgeattn(measured, "b", "--no-record").exit_code == 0
    assert not (tmp_path / "runs.sqlite").exists()


def test_a_history_that_fails_is_a_warning_and_the_measurement_stands(edgeattn, measured, tmp_path):
    (tmp_path / "runs.sqlite").write_bytes(b"something else entirely" * 99)
    result = edgeattn(measured, "b", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["verdict"]["reason"] == "as measured"
    assert result.stderr.startswith("Warning: this run is not recorded: the run history")
    assert result.stderr.count("\n") == 1


def test_a_conversion_joins_the_history(edgeattn, library, monkeypatch, tmp_path):
    monkeypatch.setenv("EDGEATTN_RUNS", str(tmp_path / "runs.sqlite"))
    edgeattn("convert", "tiny", "--out", tmp_path / "b")
    assert [run.command for run in list_runs()] == ["convert"]


def test_a_dry_run_has_measured_nothing(edgeattn, library, monkeypatch, tmp_path):
    monkeypatch.setenv("EDGEATTN_RUNS", str(tmp_path / "runs.sqlite"))
    library.bundle = None
    edgeattn("convert", "tiny", "--out", tmp_path / "b", "--dry-run")
    assert list_runs() == ()
