from __future__ import annotations

import os
import threading

import pytest

from edgeattn_runtime.affinity import allowed_cores, pinned, read_cores, write_cores
from edgeattn_runtime.errors import BadEnvironment, BadUsage
from tests.runtime.boards import Board, orin_nano, phone


@pytest.mark.parametrize(
    ("text", "cores"),
    [("0-3", (0, 1, 2, 3)), ("2,3", (2, 3)), (" 0 - 1, 5 ", (0, 1, 5)), ("3,3,3", (3,))],
)
def test_lists_read_as_people_write_them(tmp_path, text, cores):
    assert read_cores(text, orin_nano(tmp_path).root) == cores


@pytest.mark.parametrize("text", ["", ",", "a", "1-", "-1", "3-1", "0x1", "1.5", "99999", "large"])
def test_lists_that_mean_nothing_are_refused(tmp_path, text):
    with pytest.raises(BadUsage, match="is no list of cores; give 0-3 or 2,3 or big or little"):
        read_cores(text, orin_nano(tmp_path).root)


def test_a_core_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadUsage, match="there is no core 6 here; this machine has 0-5"):
        read_cores("4-7", orin_nano(tmp_path).root)


def test_little_is_the_lowest_kind_and_big_all_above(tmp_path):
    root = phone(tmp_path).root
    assert read_cores("little", root) == (0, 1, 2, 3)
    assert read_cores("big", root) == (4, 5, 6, 7, 8)


def test_cores_that_are_alike_are_neither_big_nor_little(tmp_path):
    with pytest.raises(BadUsage, match=r"all cores here are alike \(0-5\), none is big"):
        read_cores("big", orin_nano(tmp_path).root)


def test_turbo_bins_make_no_core_little(tmp_path):
    board = Board(tmp_path).cpus((1, 4900), (1, 5100))
    with pytest.raises(BadUsage, match="are alike"):
        read_cores("little", board.root)


def test_a_machine_that_does_not_say_is_asked_by_number(tmp_path):
    with pytest.raises(BadUsage, match="does not say which cores are little; give their numbers"):
        read_cores("little", tmp_path)
    assert read_cores("0,1", tmp_path) == (0, 1)


def test_a_list_is_written_in_ranges():
    assert write_cores((5, 0, 1, 2)) == "0-2,5"
    assert write_cores(()) == ""


def test_threads_started_inside_stay_on_the_cores_and_the_rest_returns():
    before = os.sched_getaffinity(0)
    core = min(before)
    seen = []
    with pinned((core,)):
        thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
        thread.start()
        thread.join()
        assert allowed_cores() == (core,)
    assert seen == [{core}]
    assert os.sched_getaffinity(0) == before


def test_the_cores_return_after_a_failure():
    before = os.sched_getaffinity(0)
    with pytest.raises(RuntimeError), pinned((min(before),)):
        raise RuntimeError
    assert os.sched_getaffinity(0) == before


def test_no_cores_pin_nothing():
    before = allowed_cores()
    with pinned(None):
        assert allowed_cores() == before


def test_cores_that_the_system_refuses_are_told():
    with (
        pytest.raises(BadEnvironment, match=r"the system refuses the cores 4000 \(Invalid arg"),
        pinned((4000,)),
    ):
        pass


def test_a_system_without_affinity_is_told(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity")
    monkeypatch.delattr(os, "sched_getaffinity")
    assert allowed_cores() is None
    with pytest.raises(BadEnvironment, match="cannot keep a process on chosen cores"), pinned((0,)):
        pass
