import json

import pytest

from edgeattn.compare import Run, compare, load_run
from edgeattn.runs.history import append_run
from edgeattn_runtime.errors import BadInput, BadUsage


def candidate(p50=2.0, accuracy=0.94, size=1000, **facts):
    return {
        "engine": "onnxruntime",
        "precision": "int8",
        "latency_ms": {"p50": p50},
        "accuracy": accuracy,
        "bytes": size,
        **facts,
    }


def run(*candidates, name="a.json", **context):
    return Run(
        name,
        {
            "model": {"name": "tiny"},
            "context": {"machine": "x86_64", "threads": 1, **context},
            "candidates": list(candidates) or [candidate()],
        },
    )


def test_medians_accuracies_and_sizes_are_set_against_each_other():
    [pair] = compare(run(candidate(4.0, 0.94, 1000)), run(candidate(2.0, 0.93, 500))).pairs
    assert pair.candidate == "ONNX Runtime int8"
    assert pair.speedup == 2.0
    assert pair.accuracy_change_pp == pytest.approx(-1.0)
    assert pair.bytes_ratio == 0.5


def test_what_one_run_lacks_is_not_made_up():
    [pair] = compare(run(candidate()), run({"engine": "onnxruntime", "precision": "int8"})).pairs
    assert (pair.second_ms, pair.speedup, pair.accuracy_change_pp) == (None, None, None)


def test_stock_rows_meet_stock_rows():
    ours = run(candidate(4.0), candidate(8.0, stock=True))
    pairs = {pair.candidate: pair for pair in compare(ours, ours).pairs}
    assert pairs["ONNX Runtime int8"].first_ms == 4.0
    assert pairs["ONNX Runtime int8 (stock)"].first_ms == 8.0


def test_candidates_of_one_run_alone_are_named():
    comparison = compare(run(candidate()), run(candidate(precision="fp32")))
    assert comparison.pairs == ()
    assert comparison.only_first == ("ONNX Runtime int8",)
    assert comparison.only_second == ("ONNX Runtime fp32",)
    assert "Only in the second: ONNX Runtime fp32" in comparison.text()


def test_a_refusal_names_every_difference_and_the_way_out():
    with pytest.raises(BadInput) as refusal:
        compare(run(governor="performance"), run(threads=4))
    assert "threads is 1 in the first, 4 in the second" in str(refusal.value)
    assert "governor is performance in the first, unknown in the second" in str(refusal.value)
    assert "--force" in str(refusal.value)


def test_temperature_is_measured_and_not_a_condition():
    assert compare(run(temperature_c_before=40.0), run(temperature_c_before=60.0)).objections == ()


def test_force_compares_and_still_tells_the_difference():
    comparison = compare(run(), run(threads=4), force=True)
    assert len(comparison.pairs) == 1
    assert "  threads is 1 in the first, 4 in the second" in comparison.text().splitlines()


def test_runs_of_two_models_are_refused():
    other = Run("b.json", {**run().report, "model": {"name": "large"}})
    with pytest.raises(BadInput, match="the model's name is tiny in the first, large in"):
        compare(run(), other)


def test_a_run_that_was_disturbed_is_refused_until_forced():
    busy = run(disturbed=["other processes took 30% of cores 0-3"])
    with pytest.raises(BadInput, match="the second was disturbed: other processes took 30% of"):
        compare(run(), busy)
    assert len(compare(run(), busy, force=True).objections) == 1


def test_two_runs_that_both_throttled_are_no_match():
    with pytest.raises(BadInput, match="the first was disturbed: the clock was held back"):
        compare(run(throttled=True), run(throttled=True))


def test_files_are_the_same_or_not_by_their_hash():
    ours, theirs = run(candidate(sha256="aa")), run(candidate(sha256="bb"))
    assert compare(ours, ours).pairs[0].same_file is True
    assert compare(ours, theirs).pairs[0].same_file is False
    assert compare(ours, run()).pairs[0].same_file is None


def counted(millions):
    return candidate(latency_ms=None, instructions_m={"p50": millions})


def test_instructions_are_compared_with_instructions_and_never_called_milliseconds():
    ours, theirs = (run(counted(m), clock="instructions") for m in (4.8, 2.4))
    comparison = compare(ours, theirs)
    [pair] = comparison.pairs
    assert (pair.first_ms, pair.speedup) == (None, None)
    assert pair.instructions_ratio == 0.5
    assert "Instructions" in comparison.text()
    assert "ms" not in comparison.text().replace("ms.json", "")


def test_instructions_and_time_do_not_mix_even_when_forced():
    ours, theirs = run(candidate()), run(counted(4.8), clock="instructions")
    with pytest.raises(BadInput, match="clock is wall in the first, instructions in the second"):
        compare(ours, theirs)
    [pair] = compare(ours, theirs, force=True).pairs
    assert (pair.speedup, pair.instructions_ratio) == (None, None)


def test_a_number_names_a_run_of_the_history(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_RUNS", str(tmp_path / "runs.sqlite"))
    monkeypatch.chdir(tmp_path)
    number = append_run(run(candidate(3.0)).report, "bench")
    found = load_run(str(number))
    assert found.name.startswith("run 1 (bench, ")
    assert found.report["candidates"][0]["latency_ms"]["p50"] == 3.0


def test_a_folder_named_by_a_number_wins_over_the_history(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "report.json").write_text(json.dumps({"candidates": []}))
    assert load_run("7").report == {"candidates": []}


def test_a_number_that_was_never_given_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_RUNS", str(tmp_path / "none.sqlite"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadUsage, match="there is no run 99 in"):
        load_run("99")


def test_a_run_is_a_report_or_the_bundle_that_holds_it(tmp_path):
    (tmp_path / "report.json").write_text(json.dumps({"candidates": [candidate()]}))
    assert load_run(tmp_path) == load_run(tmp_path / "report.json")


def test_a_folder_without_a_report_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"holds no report\.json"):
        load_run(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"), [("{", "no JSON"), ("[]", "no candidates"), ("{}", "no candidates")]
)
def test_a_file_that_is_no_report_is_refused(tmp_path, text, words):
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=words):
        load_run(path)
