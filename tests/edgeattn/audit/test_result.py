from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from edgeattn.audit.comparison import compare
from edgeattn.audit.result import Compared, Finished
from edgeattn_runtime.latency import RatioInterval, summarise

Make = Callable[..., Finished]


def test_a_finished_candidate_survives_its_file(finished: Make) -> None:
    one = finished("hybrid", right=93, reason=None)
    again = Finished.from_json(json.loads(json.dumps(one.to_json())))
    assert np.array_equal(again.correct, one.correct)
    assert again.correct.dtype == np.bool_
    assert again.to_json() == one.to_json()


def test_only_three_of_five_attend(finished: Make) -> None:
    names = ("cnn", "recurrent", "single-head", "multi-head", "hybrid")
    assert [finished(name).attends for name in names] == [False, False, True, True, True]


def test_the_entry_of_a_candidate_has_its_intervals(finished: Make) -> None:
    one, reference = finished("hybrid", right=95), finished("cnn", right=90)
    entry = Compared(
        one, compare(one.correct, reference.correct), summarise([1.0, 2.0, 3.0]),
        RatioInterval(2.0, 1.9, 2.1),
    ).to_json()  # fmt: skip
    assert entry["accuracy"] == 0.95
    assert 0.88 < entry["accuracy_interval"][0] < 0.95 < entry["accuracy_interval"][1] < 0.99
    assert entry["against_reference"]["gain_pp"] == 5.0
    assert entry["latency_ratio"] == {"ratio": 2.0, "low": 1.9, "high": 2.1}
    assert entry["judged"] == "int8"
    assert entry["bytes"] == 100_000
    json.dumps(entry, allow_nan=False)


def test_without_an_int8_file_the_float_model_is_judged_and_the_reason_said(finished: Make) -> None:
    entry = Compared(finished("recurrent", int8=None, reason="no such operator")).to_json()
    assert entry["judged"] == "float"
    assert entry["no_int8_file"] == "no such operator"
    assert entry["latency_ms"] is entry["bytes"] is entry["against_reference"] is None
