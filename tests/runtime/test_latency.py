from __future__ import annotations

import gc

import numpy as np
import pytest

from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.latency import (
    Latency,
    measure_interleaved,
    median_interval,
    median_ratio_interval,
    summarise,
)


class Clock:
    """A clock that only moves when a candidate works."""

    def __init__(self):
        self.now_ns = 0
        self.log = []

    def __call__(self) -> int:
        return self.now_ns

    def worker(self, name: str, ms: float):
        def work():
            self.log.append(name)
            self.now_ns += int(ms * 1e6)

        return work


def test_samples_are_milliseconds_by_candidate():
    clock = Clock()
    runs = {"a": clock.worker("a", 2.5), "b": clock.worker("b", 1.0)}
    found = measure_interleaved(runs, warmup=1, iterations=3, clock=clock)
    assert found == {"a": (2.5, 2.5, 2.5), "b": (1.0, 1.0, 1.0)}


def test_candidates_take_turns_and_every_one_takes_every_place():
    clock = Clock()
    runs = {name: clock.worker(name, 1) for name in "abc"}
    measure_interleaved(runs, warmup=0, iterations=3, clock=clock)
    assert "".join(clock.log) == "abcbcacab"


def test_warm_up_rounds_do_not_count():
    clock = Clock()
    found = measure_interleaved({"a": clock.worker("a", 1)}, warmup=4, iterations=2, clock=clock)
    assert len(clock.log) == 6
    assert len(found["a"]) == 2


def test_a_budget_ends_the_measurement_with_equal_numbers_of_samples():
    clock = Clock()
    runs = {name: clock.worker(name, 100) for name in "ab"}
    found = measure_interleaved(runs, warmup=0, iterations=1000, budget_s=1.0, clock=clock)
    assert len(found["a"]) == len(found["b"]) == 6  # the round that passes one second is the sixth


def test_a_budget_leaves_at_least_three_rounds():
    clock = Clock()
    found = measure_interleaved(
        {"a": clock.worker("a", 9000)}, warmup=2, iterations=50, budget_s=0.1, clock=clock
    )
    assert len(found["a"]) == 3


def test_progress_is_told_after_every_round():
    told = []
    measure_interleaved(
        {"a": lambda: None}, warmup=1, iterations=2, progress=lambda *now: told.append(now)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_garbage_collector_rests_and_wakes_again():
    seen = []
    measure_interleaved({"a": lambda: seen.append(gc.isenabled())}, warmup=0, iterations=1)
    assert seen == [False]
    assert gc.isenabled()


def test_the_garbage_collector_wakes_after_a_failure():
    def fail():
        raise RuntimeError("broken candidate")

    with pytest.raises(RuntimeError, match="broken candidate"):
        measure_interleaved({"a": fail}, warmup=0, iterations=1)
    assert gc.isenabled()


def test_nothing_to_measure_is_refused():
    with pytest.raises(BadUsage, match="no candidate"):
        measure_interleaved({}, warmup=0, iterations=1)


@pytest.mark.parametrize(("warmup", "iterations"), [(0, 0), (-1, 5)])
def test_impossible_numbers_of_rounds_are_refused(warmup, iterations):
    with pytest.raises(BadUsage, match="use at least 1 and 0"):
        measure_interleaved({"a": lambda: None}, warmup=warmup, iterations=iterations)


def test_a_summary_holds_the_percentiles():
    latency = summarise([float(ms) for ms in range(101)])
    assert (latency.p50, latency.p90, latency.p95, latency.p99) == (50, 90, 95, 99)
    assert (latency.min, latency.max, latency.mean, latency.n) == (0, 100, 50, 101)
    assert latency.std == pytest.approx(np.std(np.arange(101)))


def test_a_summary_survives_json():
    latency = summarise([1.25, 2.5])
    assert Latency.from_json(latency.to_json()) == latency


def test_a_summary_of_nothing_is_refused():
    with pytest.raises(BadUsage, match="no latency was measured"):
        summarise([])


def test_a_distribution_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="not a latency distribution"):
        Latency(p50=5, p90=1, p95=1, p99=1, mean=1, std=0, min=1, max=1, n=3)


def test_the_ratio_of_medians_lies_in_its_interval():
    random = np.random.default_rng(0)
    a, b = random.normal(4, 0.2, 200), random.normal(2, 0.1, 200)
    found = median_ratio_interval(a, b)
    assert found.low < found.ratio < found.high
    assert found.low < 2.0 < found.high
    assert found.high - found.low < 0.1


def test_a_drift_that_both_share_cancels():
    drift = np.linspace(1, 3, 300)  # the machine gets three times slower meanwhile
    noise = np.random.default_rng(0).normal(1, 0.01, (2, 300))
    found = median_ratio_interval(2 * drift * noise[0], drift * noise[1])
    apart = median_ratio_interval(2 * drift * noise[0], (drift * noise[1])[:299])
    assert found.high - found.low < (apart.high - apart.low) / 3
    assert found.low < 2.0 < found.high


def test_the_interval_is_the_same_every_time():
    a, b = [1.0, 2.0, 3.0], [1.5, 1.0, 2.0]
    assert median_ratio_interval(a, b) == median_ratio_interval(a, b)


def test_a_ratio_to_nothing_is_refused():
    with pytest.raises(BadUsage, match="nothing to compare"):
        median_ratio_interval([1.0], [])


@pytest.mark.parametrize(
    ("n", "low", "high"),
    # Le Boudec 2010, table A.1: the ranks of the median's 95 % interval
    [(6, 1, 6), (10, 2, 9), (20, 6, 15), (31, 10, 22), (70, 27, 44), (100, 40, 61)],
)
def test_the_medians_interval_has_the_ranks_of_the_table(n, low, high):
    assert median_interval([float(rank) for rank in range(1, n + 1)]) == (low, high)


def test_the_normal_approximation_continues_the_exact_ranks():
    at, above = (median_interval(list(range(n))) for n in (500, 501))
    assert above[0] - at[0] in (0, 1)
    assert 1000 * 1000 / 2 - median_interval(np.arange(1_000_000))[0] == pytest.approx(981, abs=1)


def test_five_samples_say_nothing_with_95_percent():
    assert median_interval([1.0] * 5) is None
    assert summarise([1.0] * 5).p50_low is None


def test_the_medians_interval_holds_the_median_as_often_as_it_says():
    """Of 400 exponential samples' intervals 95 % hold it: 380 expected, 18 is four deviations."""
    random = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        low, high = median_interval(random.exponential(1.0, 50))
        held += low <= np.log(2) <= high
    assert held >= 380 - 18


def test_a_summary_holds_the_interval_of_its_median():
    latency = summarise([float(ms) for ms in range(1, 11)])
    assert (latency.p50_low, latency.p50_high) == (2, 9)


def test_percentiles_of_a_newer_version_are_left_out():
    latency = summarise([1.0, 2.0])
    assert Latency.from_json({**latency.to_json(), "p999": 3.0}) == latency
