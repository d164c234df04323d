from __future__ import annotations

import json

import pytest

from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.sustained import Gauges, Sustained, Window, run_sustained


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

    def gauges(self) -> Gauges:
        return Gauges(
            temperature_c=self.thermometer,
            frequency_mhz=lambda: 1500.0 if self.now_ns < 1_000_000_000 else 1000.0,
            held_back=lambda: () if self.now_ns < 1_000_000_000 else ("throttling (firmware)",),
        )


SILENT = Gauges(lambda: None, lambda: None, lambda: None)


def measured() -> Sustained:
    board = Board()
    return run_sustained(
        board.invoke,
        duration_s=2.0,
        window_s=0.5,
        clock=board.clock,
        gauges=board.gauges(),
    )


def test_a_board_that_gets_hot_shows_its_slowdown():
    found = measured()
    assert found.slowdown == 2.0
    assert [window.p50_ms for window in found.windows] == [1, 1, 2, 2]
    assert [window.temperature_c for window in found.windows] == [50, 85, 85, 85]
    assert [window.frequency_mhz for window in found.windows] == [1500, 1000, 1000, 1000]


def test_what_held_the_clock_back_is_told_once():
    found = measured()
    assert found.windows[0].held_back == ()
    assert found.held_back == ("throttling (firmware)",)
    assert str(found).endswith(", held back: throttling (firmware)")


def test_windows_follow_each_other_and_count_their_runs():
    found = measured()
    assert [window.n for window in found.windows] == [500, 475, 250, 175]  # the last is cut
    assert found.windows[1].start_s == pytest.approx(0.55)


def test_a_short_run_has_four_windows():
    board = Board()
    found = run_sustained(board.invoke, duration_s=0.4, clock=board.clock, gauges=SILENT)
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
        gauges=SILENT,
        progress=lambda done, wanted: told.append((round(done, 1), wanted)),
    )
    assert told == [(0.5, 1.0), (1.0, 1.0)]


@pytest.mark.parametrize("duration_s", [0, -5, float("nan"), float("inf")])
def test_no_time_at_all_is_refused(duration_s):
    with pytest.raises(BadUsage, match="give a positive duration"):
        run_sustained(lambda: None, duration_s=duration_s)


def interrupted_after(runs: int) -> Sustained:
    board = Board()

    def invoke():
        if board.now_ns >= runs * 1_000_000:
            raise KeyboardInterrupt
        board.invoke()

    return run_sustained(invoke, duration_s=2.0, window_s=0.1, clock=board.clock, gauges=SILENT)


@pytest.mark.parametrize(("runs", "windows"), [(1, [1]), (130, [100, 30]), (200, [100, 100])])
def test_an_interrupted_run_gives_what_it_has(runs, windows):
    found = interrupted_after(runs)
    assert found.interrupted
    assert [window.n for window in found.windows] == windows
    assert str(found).startswith("interrupted after ")
    assert Sustained.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_an_interruption_before_the_first_run_goes_on():
    with pytest.raises(KeyboardInterrupt):
        interrupted_after(0)


def test_gauges_that_vanish_in_between_leave_gaps():
    board = Board()
    degrees = iter([50.0, None, None, 51.0])
    gauges = Gauges(lambda: next(degrees), lambda: None, lambda: None)
    found = run_sustained(board.invoke, duration_s=0.4, clock=board.clock, gauges=gauges)
    assert [window.temperature_c for window in found.windows] == [50.0, None, None, 51.0]
    assert found.windows[0].held_back is None


def test_windows_of_another_version_are_read():
    old = {"start_s": 0, "end_s": 1, "p50_ms": 2.0, "p95_ms": 3.0, "n": 9, "temperature_c": None}
    assert Sustained.from_json({"windows": [{**old, "fan_rpm": 900}]}).windows[0].p50_ms == 2.0


def test_this_machine_is_read_when_nobody_gives_gauges():
    found = run_sustained(lambda: None, duration_s=0.02)
    assert found.windows[-1].n >= 1
