from __future__ import annotations

import pytest

from edgeattn.audit.pace import Pace, check_budget, choose_epochs, in_words
from edgeattn_runtime.errors import BadUsage

FIVE = dict.fromkeys(("a", "b", "c", "d", "e"), 4.0)


def test_what_is_left_is_divided_among_all_alike() -> None:
    pace = choose_epochs(600, epoch_s=FIVE, files_s=20, spent_s=60, most=100)
    # 600 - 60 - 6 files of 20 s = 420 s; 20 s for an epoch of all: 21 beside the first one
    assert pace == Pace(22, "budget")


def test_a_long_budget_ends_at_the_epochs_of_the_recipe() -> None:
    assert choose_epochs(9e9, epoch_s=FIVE, files_s=20, spent_s=60, most=40) == Pace(40, "recipe")


def test_first_epochs_that_took_longer_than_thought_still_leave_one_epoch() -> None:
    assert choose_epochs(100, epoch_s=FIVE, files_s=20, spent_s=99, most=40) == Pace(1, "budget")


def test_a_budget_too_short_for_one_epoch_is_refused_with_the_least_that_would_do() -> None:
    with pytest.raises(BadUsage) as refused:
        check_budget(60, epoch_s=FIVE, files_s=10, spent_s=20)
    words = str(refused.value)
    assert "--budget 60s is too short: one epoch of all 5 candidates takes about 20s" in words
    assert "their files 60s; give at least 110s" in words  # 1.1 x (20 + 20 + 6 x 10)
    check_budget(110, epoch_s=FIVE, files_s=10, spent_s=20)


def test_durations_are_written_as_they_are_typed() -> None:
    from edgeattn_runtime.duration import duration_s

    assert [in_words(seconds) for seconds in (0.2, 119.5, 121, 36000)] == [
        "1s",
        "120s",
        "3m",
        "10h",
    ]
    for seconds in (0.2, 119.5, 121, 36000):
        assert duration_s(in_words(seconds)) >= seconds
