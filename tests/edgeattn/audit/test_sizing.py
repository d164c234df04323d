from __future__ import annotations

import pytest

from edgeattn.audit import sizing
from edgeattn.audit.bodies import HEADS, build
from edgeattn.audit.fronts import noise
from edgeattn.audit.signal import Signal
from edgeattn.audit.sizing import FAMILIES, TOLERANCE, sized
from edgeattn.pruning.cost import count_macs, count_parameters
from edgeattn_runtime.errors import BadData

SIGNALS = (
    Signal("photos", (3, 64, 64), 10),
    Signal("audio", (8000,), 10),
    Signal("motion", (6, 200), 5),
    Signal("text", (64,), 77, 4096, masked=True),
)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda one: one.kind)
def test_all_candidates_take_the_same_multiply_accumulates(signal: Signal) -> None:
    found = {one.family: one for one in sized(signal)}
    assert list(found) == list(FAMILIES)
    goal = found["multi-head"].macs
    assert all(abs(one.macs / goal - 1) <= TOLERANCE for one in found.values())
    assert all(one.width % HEADS == 0 for one in found.values())


def test_what_is_said_of_a_candidate_is_what_its_model_has() -> None:
    signal = SIGNALS[2]
    for one in sized(signal):
        model = build(signal, family=one.family, width=one.width, inside=one.inside).eval()
        assert count_macs(model, noise(signal)) == one.macs
        assert count_parameters(model) == one.params


def test_one_head_and_four_differ_in_nothing_that_costs() -> None:
    found = {one.family: one for one in sized(SIGNALS[2])}
    one, four = found["single-head"], found["multi-head"]
    assert (one.macs, one.params, one.width) == (four.macs, four.params, four.width)


def test_more_classes_get_wider_tokens() -> None:
    widths = [
        next(
            one.width
            for one in sized(Signal("motion", (3, 40), classes))
            if one.family == "multi-head"
        )
        for classes in (10, 80, 150)
    ]
    assert widths == sorted(set(widths))


def test_samples_for_which_no_widths_meet_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "TOLERANCE", 1e-9)
    with pytest.raises(BadData, match=r"samples of shape \[6, 200\] are too small for an audit"):
        sized(SIGNALS[2])
