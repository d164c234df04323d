from __future__ import annotations

import pytest

from edgeattn_runtime.clock import clock_kind
from edgeattn_runtime.errors import BadEnvironment


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
