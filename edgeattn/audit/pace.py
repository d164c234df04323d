"""How many epochs a budget affords: the same number for all, from how long the first ones took."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from edgeattn_runtime.errors import BadUsage

ROUND_UP = 1.1  # of the least budget that is named: a machine is never twice equally fast
FILES = 6
"""Files to make, in time: a recurrence is written out step by step and takes as long as two."""


@dataclass(frozen=True)
class Pace:
    """What was decided.

    Attributes:
        epochs: Of every candidate.
        limited_by: "budget", "recipe" (more would be no better) or "epochs" (asked for).
    """

    epochs: int
    limited_by: str


def check_budget(
    budget_s: float, *, epoch_s: Mapping[str, float], files_s: float, spent_s: float
) -> None:
    """Refuse a budget that does not reach for one epoch of all candidates and for their files.

    Args:
        budget_s: Seconds, for everything together.
        epoch_s: Of one epoch, by candidate, about.
        files_s: Of converting and judging one candidate.
        spent_s: Until now.
    """
    least = round(ROUND_UP * (spent_s + sum(epoch_s.values()) + FILES * files_s), 3)
    if budget_s >= least:
        return
    raise BadUsage(
        f"--budget {in_words(budget_s)} is too short: one epoch of all {len(epoch_s)} candidates "
        f"takes about {in_words(sum(epoch_s.values()))} here and their files "
        f"{in_words(FILES * files_s)}; give at least {in_words(least)}, and ten times as "
        "many epochs to learn something from"
    )


def choose_epochs(
    budget_s: float,
    *,
    epoch_s: Mapping[str, float],
    files_s: float,
    spent_s: float,
    most: int,
) -> Pace:
    """Return how many epochs all candidates get, the first one, which is done, included.

    Args:
        budget_s: Seconds, for everything together.
        epoch_s: That the first epoch took, by candidate.
        files_s: Of converting and judging one candidate.
        spent_s: Until now, the first epochs included.
        most: Of the usual recipe.

    >>> choose_epochs(100, epoch_s={"a": 2, "b": 3}, files_s=10, spent_s=20, most=40)
    Pace(epochs=5, limited_by='budget')
    """
    left = budget_s - spent_s - FILES * files_s
    more = math.floor(left / max(sum(epoch_s.values()), 1e-9))
    epochs = max(1, 1 + more)
    return Pace(most, "recipe") if epochs >= most else Pace(epochs, "budget")


def in_words(seconds: float) -> str:
    """Return a duration as --budget takes it, rounded up: 45s, 12m, 3h.

    >>> in_words(44.2), in_words(601), in_words(7201)
    ('45s', '11m', '121m')
    """
    if seconds <= 120:
        return f"{math.ceil(seconds)}s"
    return f"{math.ceil(seconds / 60)}m" if seconds < 4 * 3600 else f"{math.ceil(seconds / 3600)}h"
