import json
from pathlib import Path

import pytest

from edgeattn.compare import CONDITIONS, Run, compare, load_run
from edgeattn_runtime.errors import BadInput
from edgeattn_runtime.machine import Context


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
        Path(name),
        {
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


@pytest.mark.parametrize("field", CONDITIONS)
def test_runs_under_unlike_conditions_are_refused(field):
    with pytest.raises(BadInput, match=f"{field} is one in the first, two in the second"):
        compare(run(**{field: "one"}), run(**{field: "two"}))


def test_a_refusal_names_every_difference_and_the_way_out():
    with pytest.raises(BadInput) as refusal:
        compare(run(governor="performance"), run(threads=4))
    assert "threads is 1 in the first, 4 in the second" in str(refusal.value)
    assert "governor is performance in the first, unknown in the second" in str(refusal.value)
    assert "--force" in str(refusal.value)


def test_temperature_is_measured_and_not_a_condition():
    assert compare(run(temperature_c_before=40.0), run(temperature_c_before=60.0)).differences == ()


def test_force_compares_and_still_tells_the_difference():
    comparison = compare(run(), run(threads=4), force=True)
    assert len(comparison.pairs) == 1
    assert "  threads is 1 in the first, 4 in the second" in comparison.text().splitlines()


def test_the_conditions_are_fields_of_the_context():
    assert set(CONDITIONS) <= {*Context().to_json()}


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
