from __future__ import annotations

import pytest

from edgeattn_runtime.background import Background, Counters, between, count
from tests.runtime.boards import Board

CORES = (0, 1)


def counters(at_s=0.0, busy_s=0.0, own_s=0.0, preemptions=0) -> Counters:
    return Counters(at_s, busy_s, own_s, preemptions)


def test_others_took_what_was_busy_and_not_ours():
    found = between(counters(), counters(10.0, busy_s=13.0, own_s=9.0, preemptions=50), CORES)
    assert found.by_others == 0.2  # 4 s of 2 x 10 s
    assert found.preemptions_per_s == 5.0
    assert found.disturbances() == ("other processes took 20% of cores 0-1",)


def test_a_quiet_machine_disturbs_nothing():
    found = between(counters(), counters(10.0, busy_s=10.2, own_s=9.9, preemptions=99), CORES)
    assert found.disturbances() == ()


def test_a_rival_for_the_core_shows_in_preemptions():
    found = between(counters(), counters(2.0, 2.0, 2.0, preemptions=600), (3,))
    assert found.disturbances() == ("the process lost its core 300 times a second",)


def test_one_core_is_named_in_the_singular():
    assert Background(0.5, 0.0, "3").disturbances() == ("other processes took 50% of core 3",)


def test_rounding_to_ticks_never_leaves_the_range():
    assert between(counters(), counters(1.0, busy_s=0.9, own_s=1.0), CORES).by_others == 0.0
    assert between(counters(), counters(1.0, busy_s=9.0, own_s=0.0), CORES).by_others == 1.0


def test_a_moment_is_too_short_to_tell():
    found = between(counters(), counters(0.4, 9.0, 0.0, 1000), CORES)
    assert (found.by_others, found.preemptions_per_s) == (None, None)
    assert found.disturbances() == ()


@pytest.mark.parametrize("missing", [{"busy_s": None}, {"preemptions": None}])
def test_what_was_not_counted_is_not_judged(missing):
    found = between(counters(**missing), counters(10.0, 20.0, 0.0, 9000), CORES)
    assert len(found.disturbances()) == 1


def test_only_the_cores_asked_for_count(tmp_path):
    board = Board(tmp_path).stat((300, 700), (900, 100), (0, 1000))
    ticks_per_s = 100  # USER_HZ, the same on every Linux
    assert count((0,), board.root).busy_s == 300 / ticks_per_s
    assert count((0, 1), board.root).busy_s == 1200 / ticks_per_s


def test_a_core_that_is_not_listed_is_unknown(tmp_path):
    assert count((0, 9), Board(tmp_path).stat((1, 1)).root).busy_s is None
    assert count((0,), tmp_path / "none").busy_s is None


def test_our_own_work_counts_as_ours():
    before = count(CORES).own_s
    sum(i * i for i in range(3_000_000))  # some hundred milliseconds of CPU time
    assert count(CORES).own_s > before
