"""How much has to go to reach a goal: one rate for heads and channels, found by bisection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgeattn.pruning.choices import Choices
from edgeattn.pruning.group import Group
from edgeattn.pruning.ranking import check_rate, largest_rate

KINDS = ("heads", "channels")


def rates_for(rate: float, groups: Sequence[Group], choices: Choices) -> dict[str, float]:
    """Return what to remove by kind: what the user fixed, and else `rate` as far as it can go."""
    fixed = {"heads": choices.heads, "channels": choices.channels}
    rates = {}
    for kind in KINDS:
        wanted = fixed[kind]
        most = largest_rate([group for group in groups if group.kind == kind])
        rates[kind] = min(rate, most) if wanted is None else wanted
    return rates


def check_rates(groups: Sequence[Group], choices: Choices) -> None:
    """Refuse fixed rates that this model cannot bear."""
    for kind, rate in (("heads", choices.heads), ("channels", choices.channels)):
        check_rate(f"--{kind}", rate or 0.0, [group for group in groups if group.kind == kind])


def smallest_rate(reaches: Callable[[float], bool], *, steps: int) -> float | None:
    """Return nearly the smallest rate in (0, 1] that reaches a goal, or None when 1 does not.

    Args:
        reaches: Whether a rate is enough; once true, it stays true for larger ones.
        steps: Halvings; each asks `reaches` once.

    >>> smallest_rate(lambda rate: rate >= 0.25, steps=4)
    0.25
    """
    if not reaches(1.0):
        return None
    low, high = 0.0, 1.0
    for _ in range(steps):
        middle = (low + high) / 2
        if reaches(middle):
            high = middle
        else:
            low = middle
    return high
