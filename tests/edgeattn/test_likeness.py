import pytest

from edgeattn.likeness import CONDITIONS, disturbances, unlike_conditions, unlike_models
from edgeattn_runtime.machine import Context


def report(model=None, **context):
    candidates = [{"latency_ms": {"p50": 2.0}}]
    return {"model": model or {"name": "tiny"}, "context": context, "candidates": candidates}


@pytest.mark.parametrize("field", CONDITIONS)
def test_every_condition_counts(field):
    [found] = unlike_conditions(report(**{field: "one"}), report(**{field: "two"}))
    assert str(found) == f"{field} is one in the first, two in the second"


def test_the_conditions_are_fields_of_the_context():
    assert set(CONDITIONS) <= {*Context().to_json()}


def test_what_nobody_said_is_unknown_or_what_it_meant_then():
    found = unlike_conditions(report(), report(clock="instructions", pinned_to="0", governor="x"))
    assert [str(one) for one in found] == [
        "pinned_to is any core in the first, 0 in the second",
        "clock is wall in the first, instructions in the second",
        "governor is unknown in the first, x in the second",
    ]


def test_a_clock_that_nobody_mentioned_told_time():
    assert unlike_conditions(report(), report(clock="wall", pinned_to=None)) == ()


@pytest.mark.parametrize("field", ["params", "macs"])
def test_a_model_that_was_pruned_under_its_old_name_is_another(field):
    ours, theirs = report({"name": "a", field: 100}), report({"name": "a", field: 80})
    [found] = unlike_models(ours, theirs)
    assert str(found) == f"the model's {field} is 100 in the first, 80 in the second"


def test_a_benchmark_that_knows_only_the_name_is_no_other_model():
    assert unlike_models(report({"name": "a", "params": 100}), report({"name": "a"})) == ()


def test_disturbances_are_told_and_old_reports_know_throttling():
    assert disturbances(report(disturbed=["others"], throttled=True)) == ("others",)
    assert disturbances(report(throttled=True)) == ("the clock was held back",)
    assert disturbances(report(throttled=False)) == ()
    assert disturbances({}) == ()


def test_a_check_of_accuracy_is_not_disturbed_by_heat_or_neighbours():
    checked = {**report(disturbed=["others"]), "candidates": [{"accuracy": 0.9}, "damaged"]}
    assert disturbances(checked) == ()
    counted = {**checked, "candidates": [{"instructions_m": {"p50": 4.2}}]}
    assert disturbances(counted) == ("others",)
