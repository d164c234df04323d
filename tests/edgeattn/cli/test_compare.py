import json


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
