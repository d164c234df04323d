from __future__ import annotations

import pytest

from edgeattn_runtime.clock import clock_kind, refuse_without_time
from edgeattn_runtime.errors import BadEnvironment, BadUsage


@pytest.mark.parametrize(
    ("said", "kind"),
    [({}, "wall"), ({"EDGEATTN_CLOCK": ""}, "wall"), ({"EDGEATTN_CLOCK": "wall"}, "wall")],
)
def test_a_clock_tells_time_unless_somebody_says_otherwise(said, kind):
    assert clock_kind(said) == kind


def test_an_emulated_clock_counts_instructions(monkeypatch):
    monkeypatch.setenv("EDGEATTN_CLOCK", "instructions")
    assert clock_kind() == "instructions"


def test_any_other_clock_is_refused():
    with pytest.raises(BadEnvironment, match="EDGEATTN_CLOCK is 'cycles'; set it to wall or inst"):
        clock_kind({"EDGEATTN_CLOCK": "cycles"})


def test_what_needs_time_is_refused_on_a_clock_without_it(monkeypatch):
    refuse_without_time("--sustained")
    monkeypatch.setenv("EDGEATTN_CLOCK", "instructions")
    with pytest.raises(BadUsage, match="--sustained needs time, and EDGEATTN_CLOCK=instructions"):
        refuse_without_time("--sustained")
