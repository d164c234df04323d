from __future__ import annotations

import dataclasses
import json

import pytest

from edgeattn_runtime import context as contexts
from edgeattn_runtime.background import Counters
from edgeattn_runtime.context import Context, Start
from edgeattn_runtime.machine import context
from edgeattn_runtime.throttling import Throttling
from tests.runtime.boards import Board, phone, raspberry_pi_4

BITS = "sys/devices/platform/soc/soc:firmware/get_throttled"


@pytest.fixture
def ten_seconds_later(monkeypatch):
    """Let a measurement end ten seconds after it began, with what has been counted by then."""

    def end(started: Context, *, busy_s: float, own_s: float, preemptions: int = 0) -> Context:
        counters = Counters(10.0, busy_s, own_s, preemptions)
        monkeypatch.setattr(contexts, "count", lambda cores, root: counters)
        zero = dataclasses.replace(started.start, counters=Counters(0.0, 0.0, 0.0, 0))
        return dataclasses.replace(started, start=zero)

    return end


def test_a_quiet_run_is_not_disturbed(tmp_path, ten_seconds_later):
    started = context(root=raspberry_pi_4(tmp_path).root)
    found = ten_seconds_later(started, busy_s=10.1, own_s=10.0).finished(tmp_path)
    assert found.disturbed == ()
    assert found.throttled is False
    assert found.others_cpu_share == pytest.approx(0.0025)  # 0.1 s of 4 x 10 s


def test_a_busy_neighbour_disturbs(tmp_path, ten_seconds_later):
    started = context(root=raspberry_pi_4(tmp_path).root)
    found = ten_seconds_later(started, busy_s=22.0, own_s=10.0).finished(tmp_path)
    assert found.disturbed == ("other processes took 30% of cores 0-3",)


def test_a_run_that_throttled_is_disturbed(tmp_path):
    started = context(root=raspberry_pi_4(tmp_path).root)
    found = started.finished(Board(tmp_path).put(BITS, "40000").root)
    assert found.throttled is True
    assert found.disturbed == ("the clock was held back: throttling (firmware)",)


def test_only_the_cores_pinned_to_are_watched(tmp_path):
    found = context(pinned_to=(4, 5), root=phone(tmp_path).root)
    assert found.pinned_to == "4-5"
    assert found.frequency_max_mhz == 2367
    assert found.start.cores == (4, 5)


def test_clocks_are_read_at_both_ends(tmp_path):
    board = raspberry_pi_4(tmp_path)
    started = context(root=board.root)
    board.cpus(*[(600, 1800)] * 4)
    found = started.finished(board.root)
    assert (found.frequency_mhz_before, found.frequency_mhz_after) == (1800, 600)
    assert found.frequency_cap_mhz == 1800


def test_what_the_end_is_compared_with_is_not_written(tmp_path):
    started = context(root=raspberry_pi_4(tmp_path).root)
    written = json.loads(json.dumps(started.to_json()))
    assert "start" not in written
    assert Context.from_json(written) == started  # the start does not take part in equality
    assert Context.from_json({**written, "start": {"cores": [0]}}).start is None


def test_a_context_out_of_a_report_has_no_end_to_measure():
    read = Context(machine="Raspberry Pi 5", throttled=True)
    assert read.finished() is read


def test_reports_of_older_versions_were_not_disturbed_as_far_as_they_say():
    assert Context.from_json({"machine": "x", "throttle_record": 5}).disturbed == ()


def test_an_emulated_clock_is_part_of_the_context(tmp_path, monkeypatch):
    assert not context(root=tmp_path).counts_instructions
    monkeypatch.setenv("EDGEATTN_CLOCK", "instructions")
    assert context(root=tmp_path).counts_instructions


def test_a_machine_that_never_says_leaves_throttling_open():
    start = Start((), Counters(0.0, None, 0.0, None), Throttling())
    assert start.throttling.since(start.throttling) == ()
