from __future__ import annotations

from edgeattn.training.schedule import learning_rate


def rates(steps: int, warm_up: int) -> list[float]:
    return [learning_rate(s, steps=steps, warm_up=warm_up, peak=0.4) for s in range(steps)]


def test_the_rate_rises_to_its_peak_and_falls_towards_zero() -> None:
    all_rates = rates(100, 10)
    assert all_rates[:10] == sorted(all_rates[:10])
    assert max(all_rates) == all_rates[9] == all_rates[10] == 0.4
    assert all_rates[10:] == sorted(all_rates[10:], reverse=True)
    assert 0 < all_rates[-1] < 0.001


def test_without_warm_up_it_starts_at_the_peak() -> None:
    assert rates(10, 0)[0] == 0.4


def test_a_training_shorter_than_its_warm_up_does_not_fail() -> None:
    assert rates(3, 6) == [0.4 / 6, 0.4 * 2 / 6, 0.4 * 3 / 6]
