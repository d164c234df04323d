from __future__ import annotations

import numpy as np
import pytest

from edgeattn.audit.comparison import compare, mcnemar, samples_needed, wilson


def test_wilson_gives_the_published_intervals() -> None:
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_wilson_is_no_point_where_everything_is_right() -> None:
    low, high = wilson(30, 30)
    assert high == 1.0
    assert 0.85 < low < 0.95


@pytest.mark.parametrize(("right", "total"), [(3, 2), (-1, 5), (0, 0)])
def test_what_is_no_share_is_refused(right: int, total: int) -> None:
    with pytest.raises(ValueError, match=f"{right} of {total} is no share"):
        wilson(right, total)


def test_mcnemar_counts_coins() -> None:
    assert mcnemar(5, 0) == 2 / 32
    assert mcnemar(1, 6) == pytest.approx(2 * (1 + 7) / 128)
    assert mcnemar(4, 4) == 1.0
    assert mcnemar(0, 4000) == pytest.approx(0, abs=1e-300)  # whole numbers beyond any float


def test_a_gain_is_positive_where_the_candidate_is_better() -> None:
    reference = np.arange(200) < 150
    found = compare(np.arange(200) < 170, reference)
    assert (found.won, found.lost) == (20, 0)
    assert found.gain_pp == pytest.approx(10.0)
    assert 0 < found.low_pp < 10 < found.high_pp
    back = compare(reference, np.arange(200) < 170)
    assert back.gain_pp == pytest.approx(-10.0)
    assert (back.low_pp, back.high_pp) == pytest.approx((-found.high_pp, -found.low_pp))
    assert back.p_value == found.p_value < 1e-4
    assert found.p_words == "< 0.001"


def test_equal_answers_gain_nothing_and_still_leave_doubt() -> None:
    same = np.arange(300) < 280
    found = compare(same, same)
    assert found.gain_pp == 0
    assert str(found.gain_pp) == "0.0"  # no minus sign before nothing
    assert found.low_pp < -1 < 1 < found.high_pp  # z^2 / (N + z^2), 1.26 points
    assert found.p_value == 1.0
    assert found.p_words == "= 1"


def test_so_many_samples_as_are_named_would_tell_the_gap() -> None:
    reference, candidate = np.arange(100) < 90, np.arange(100) < 90
    candidate = np.where(np.arange(100) >= 93, True, candidate)  # 7 won
    candidate = np.where(np.arange(100) < 4, False, candidate)  # 4 lost
    few = compare(candidate, reference)
    assert few.low_pp < 0 < few.high_pp
    needed = samples_needed(few, 100)
    assert needed is not None
    times = -(-needed // 100) + 1
    many = compare(np.tile(candidate, times), np.tile(reference, times))
    assert many.low_pp > 0
    assert samples_needed(compare(reference, reference), 100) is None
