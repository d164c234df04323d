from __future__ import annotations

import pytest

from edgeattn_runtime import throttling as module
from edgeattn_runtime.throttling import Throttling, throttling
from tests.runtime.boards import Board, orin_nano, raspberry_pi_4

BITS = "sys/devices/platform/soc/soc:firmware/get_throttled"


@pytest.mark.parametrize(
    ("bits", "now", "since_boot"),
    [
        ("0", (), 0),
        ("0x50000", (), 5),
        ("50005", ("under-voltage (firmware)", "throttling (firmware)"), 5),
        ("0xe0008", ("the soft temperature limit (firmware)",), 0xE),
    ],
)
def test_the_firmwares_bits_are_now_and_since_boot(tmp_path, bits, now, since_boot):
    found = throttling(raspberry_pi_4(tmp_path).put(BITS, bits).root)
    assert (found.now, found.firmware) == (now, since_boot)


def test_words_that_are_no_bits_are_no_answer(tmp_path):
    assert throttling(Board(tmp_path).put(BITS, "unknown").root) == Throttling()


def test_the_firmwares_tool_is_asked_where_there_is_no_file(tmp_path, monkeypatch):
    board = raspberry_pi_4(tmp_path)
    (tmp_path / BITS).unlink()
    monkeypatch.setenv("PATH", board.tool("vcgencmd", "echo throttled=0x50005"))
    assert throttling(board.root).firmware == 5


def test_a_tool_that_is_not_there_is_no_answer(tmp_path, monkeypatch):
    board = raspberry_pi_4(tmp_path)
    (tmp_path / BITS).unlink()
    monkeypatch.setenv("PATH", "")
    assert throttling(board.root).now is None


def test_only_a_raspberry_pi_is_asked_through_the_tool(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_vcgencmd", lambda: "0x50005")
    assert throttling(tmp_path).now is None


def test_a_bit_that_was_set_meanwhile_counts_and_an_old_one_does_not():
    before = Throttling(now=(), firmware=0b0001)
    after = Throttling(now=(), firmware=0b0101)
    assert after.since(before) == ("throttling (firmware)",)


def test_events_are_those_that_were_added(tmp_path):
    counter = "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count"
    before = throttling(Board(tmp_path).put(counter, 7).root)
    assert before.since(before) == ()
    after = throttling(Board(tmp_path).put(counter, 9).root)
    assert after.since(before) == ("2 throttling events",)


def test_over_current_of_a_jetson_is_counted(tmp_path):
    board = orin_nano(tmp_path).put("sys/class/hwmon/hwmon3/oc1_event_cnt", 4)
    assert throttling(board.root).events == 4


def test_a_zone_at_its_trip_point_holds_the_clock_back(tmp_path):
    board = orin_nano(tmp_path).zone(0, "cpu-thermal", 99.5, limit=99.0)
    assert throttling(board.root).now == ("cpu-thermal at its limit of 99 °C",)
    assert throttling(board.zone(0, "cpu-thermal", 60.0, limit=99.0).root).now == ()


def test_a_fan_is_no_throttling_and_a_cpufreq_cooler_is(tmp_path):
    board = Board(tmp_path)
    for i, (kind, state) in enumerate([("pwm-fan", 3), ("cpufreq-cpu0", 0), ("Processor", 0)]):
        device = f"sys/class/thermal/cooling_device{i}"
        board.put(f"{device}/type", kind).put(f"{device}/cur_state", state)
        board.put(f"{device}/max_state", 5)
    assert throttling(board.root).now == ()
    board.put("sys/class/thermal/cooling_device1/cur_state", 2)
    assert throttling(board.root).now == ("cpufreq-cpu0 at step 2 of 5",)


def test_a_cap_that_falls_meanwhile_counts_and_one_that_was_set_before_does_not(tmp_path):
    before = throttling(raspberry_pi_4(tmp_path).root)
    for core in range(4):
        Board(tmp_path).put(f"sys/devices/system/cpu/cpu{core}/cpufreq/scaling_max_freq", 1_000_000)
    after = throttling(tmp_path)
    assert after.since(before) == ("a clock cap that fell from 1800 to 1000 MHz",)
    assert after.since(after) == ()
