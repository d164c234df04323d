from __future__ import annotations

import json

import pytest

from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.sustained import Sustained, Window, run_sustained


class Board:
    """A board that needs 1 ms a run, and 2 ms once it has run for a second and is hot."""

    def __init__(self):
        self.now_ns = 0

    def clock(self) -> int:
        return self.now_ns

    def invoke(self) -> None:
        self.now_ns += 1_000_000 if self.now_ns < 1_000_000_000 else 2_000_000

    def thermometer(self) -> float:
        self.now_ns += 50_000_000  # slow to read: must not count as latency
        return 50.0 if self.now_ns < 1_000_000_000 else 85.0


def measured() -> Sustained:
    board = Board()
    return run_sustained(
        board.invoke,
        duration_s=2.0,
        window_s=0.5,
        clock=board.clock,
        thermometer=board.thermometer,
    )


def test_a_board_that_gets_hot_shows_its_slowdown():
    found = measured()
    assert found.slowdown == 2.0
    assert [window.p50_ms for window in found.windows] == [1, 1, 2, 2]
    assert [window.temperature_c for window in found.windows] == [50, 85, 85, 85]


def test_windows_follow_each_other_and_count_their_runs():
    found = measured()
    assert [window.n for window in found.windows] == [500, 475, 250, 175]  # the last is cut
    assert found.windows[1].start_s == pytest.approx(0.55)


def test_a_short_run_has_four_windows():
    board = Board()
    found = run_sustained(board.invoke, duration_s=0.4, clock=board.clock, thermometer=lambda: None)
    assert [window.n for window in found.windows] == [100, 100, 100, 100]
    assert found.windows[-1].end_s == pytest.approx(0.4)


def test_it_says_so_in_one_sentence():
    found = Sustained((Window(0, 10, 3.0, 3.1, 9, 50.0), Window(590, 600, 3.9, 4.0, 9, 84.6)))
    assert str(found) == (
        "after 10.0 min without a pause 3.900 ms at 85 °C, 1.30x the first 3.000 ms"
    )


def test_a_board_without_a_thermometer_is_measured_too():
    assert "°C" not in str(Sustained((Window(0, 10, 3.0, 3.1, 9, None),)))


def test_it_survives_json():
    assert Sustained.from_json(json.loads(json.dumps(measured().to_json()))) == measured()


def test_progress_is_told_between_windows():
    board, told = Board(), []
    run_sustained(
        board.invoke,
        duration_s=1.0,
        window_s=0.5,
        clock=board.clock,
        thermometer=lambda: None,
        progress=lambda done, wanted: told.append((round(done, 1), wanted)),
    )
    assert told == [(0.5, 1.0), (1.0, 1.0)]


@pytest.mark.parametrize("duration_s", [0, -5])
def test_no_time_at_all_is_refused(duration_s):
    with pytest.raises(BadUsage, match="give a positive duration"):
        run_sustained(lambda: None, duration_s=duration_s)
