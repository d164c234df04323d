import json

from edgeattn.runs.history import append_run
from tests.edgeattn.cli.conftest import REPORT


def test_two_runs_are_set_side_by_side(edgeattn, run_file):
    result = edgeattn("compare", run_file("a.json"), run_file("b.json"))
    assert result.exit_code == 0, result.output
    assert "ONNX Runtime int8" in result.stdout


def test_unlike_runs_are_refused_until_forced(edgeattn, run_file):
    ours, theirs = run_file("a.json"), run_file("b.json", context={"cpu": "Cortex-A72"})
    refused = edgeattn("compare", ours, theirs)
    assert refused.exit_code == 3
    assert "cpu is Cortex-A76 in the first, Cortex-A72 in the second" in refused.stderr
    assert edgeattn("compare", ours, theirs, "--force").exit_code == 0


def test_json_holds_the_pairs(edgeattn, run_file):
    result = edgeattn("compare", run_file("a.json"), run_file("b.json"), "--json")
    [pair] = json.loads(result.stdout)["pairs"]
    assert pair["speedup"] == 1.0


def test_a_run_that_does_not_exist_is_a_usage_error(edgeattn, run_file):
    assert edgeattn("compare", run_file(), "nowhere.json").exit_code == 2
    assert edgeattn("compare", run_file(), "\u00b2").exit_code == 2  # a digit, and no number


def test_runs_of_the_history_are_named_by_number(edgeattn, run_file, monkeypatch, tmp_path):
    monkeypatch.setenv("EDGEATTN_RUNS", str(tmp_path / "runs.sqlite"))
    monkeypatch.chdir(tmp_path)
    numbers = [append_run(REPORT, "bench") for _ in range(2)]
    result = edgeattn("compare", *numbers)
    assert result.exit_code == 0, result.output
    assert "First:  run 1 (bench, " in result.stdout
    assert edgeattn("compare", 1, run_file()).exit_code == 0
    assert edgeattn("compare", 1, 99).exit_code == 2


def test_two_models_are_refused(edgeattn, run_file):
    other = run_file("b.json", model={"name": "large"})
    refused = edgeattn("compare", run_file("a.json"), other)
    assert refused.exit_code == 3
    assert "the model's name is tiny in the first, large in the second" in refused.stderr
