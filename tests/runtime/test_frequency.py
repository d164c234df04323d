from __future__ import annotations

from edgeattn_runtime.frequency import (
    capacities,
    frequency_cap_mhz,
    frequency_max_mhz,
    frequency_mhz,
    present_cores,
)
from tests.runtime.boards import Board, orin_nano, phone, raspberry_pi_4


def test_cores_that_are_switched_off_are_not_present(tmp_path):
    board = orin_nano(tmp_path).put("sys/devices/system/cpu/online", "0-1,4-5")
    assert present_cores(board.root) == (0, 1, 4, 5)


def test_the_fastest_core_asked_for_counts(tmp_path):
    board = Board(tmp_path).cpus((600, 1800), (1500, 1800))
    assert frequency_mhz(root=board.root) == 1500
    assert frequency_mhz((0,), board.root) == 600


def test_a_power_mode_caps_what_the_hardware_allows(tmp_path):
    board = raspberry_pi_4(tmp_path)
    for core in range(4):
        board.put(f"sys/devices/system/cpu/cpu{core}/cpufreq/scaling_max_freq", 1_000_000)
    assert frequency_cap_mhz(root=board.root) == 1000
    assert frequency_max_mhz(root=board.root) == 1800


def test_the_kernels_capacities_win_over_clocks(tmp_path):
    assert capacities(phone(tmp_path).root)[8] == 1024


def test_clocks_stand_in_for_capacities(tmp_path):
    assert capacities(Board(tmp_path).cpus((1, 1000), (1, 2000)).root) == {
        0: 1_000_000,
        1: 2_000_000,
    }


def test_a_machine_that_tells_nothing_has_none(tmp_path):
    assert present_cores(tmp_path) == ()
    assert frequency_mhz(root=tmp_path) is None
    assert capacities(tmp_path) == {}


def test_a_file_that_holds_words_is_no_clock(tmp_path):
    board = Board(tmp_path).cpus((1000, 1000))
    board.put("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "<unsupported>")
    assert frequency_mhz(root=board.root) is None
