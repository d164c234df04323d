"""Scores -> which units stay: the least of all layers go first, and no layer goes whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgeattn.pruning.group import Group, Kept
from edgeattn.pruning.scores import Scores
from edgeattn_runtime.errors import BadUsage


def largest_rate(groups: Sequence[Group]) -> float:
    """Return the share of the units that can go at most."""
    units = sum(group.units for group in groups)
    return 1 - sum(group.least for group in groups) / units if units else 0.0


def check_rate(name: str, rate: float, groups: Sequence[Group]) -> None:
    """Refuse a rate outside [0, 1), and one that would empty a layer.

    Args:
        name: How the rate was given, for the message: "--heads".
        rate: Share of the units to remove.
        groups: All of one kind.
    """
    if not 0 <= rate < 1:
        raise BadUsage(f"{name} is {rate:g}; give the share to remove, from 0 to below 1")
    most = largest_rate(groups)
    if rate > 0 and not groups:
        raise BadUsage(f"{name} is {rate:g}, but this model has none that can be removed")
    if rate > most + 1e-9:
        least = sorted({group.least for group in groups})
        raise BadUsage(
            f"{name} {rate:g} of {sum(group.units for group in groups)} would empty a layer; at "
            f"most {most:.3g} can go, so that each of the {len(groups)} layers keeps "
            f"{' or '.join(map(str, least))}"
        )


def choose(groups: Sequence[Group], scores: Scores, rates: Mapping[str, float]) -> Kept:
    """Return the units that stay.

    All units of a kind compete, whichever layer they are in. Then each layer's number is rounded
    to the nearest multiple of its step, so that kernels have whole blocks.

    Args:
        groups: Of one model.
        scores: By group name.
        rates: Share to remove, by kind: "heads", "channels".
    """
    kept: dict[str, tuple[int, ...]] = {}
    for kind, rate in rates.items():
        rivals = [group for group in groups if group.kind == kind]
        left = {group.name: group.units for group in rivals}
        going = round(rate * sum(left.values()))
        ranking = sorted(
            (float(value), place, unit)
            for place, group in enumerate(rivals)
            for unit, value in enumerate(scores[group.name])
        )
        for _, place, _ in ranking:
            group = rivals[place]
            if going and left[group.name] > group.least:
                left[group.name] -= 1
                going -= 1
        for group in rivals:
            count = _rounded(left[group.name], group)
            best = scores[group.name].argsort(descending=True, stable=True)[:count]
            kept[group.name] = tuple(sorted(int(unit) for unit in best))
    return kept


def _rounded(count: int, group: Group) -> int:
    """Return the nearest multiple of the step that the group allows; half a step rounds up."""
    if count == group.units:
        return count
    nearest = (count + group.step // 2) // group.step * group.step
    return min(group.units, max(group.least, nearest))
