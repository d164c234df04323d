"""A point of the search: one mix as a real file, how fast it is and what it loses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from edgeattn_converters.search.groups import Mix


@dataclass(frozen=True)
class Point:
    """What was measured of one file.

    Attributes:
        name: The recipe's.
        mix: The precision of every group.
        latency_ms: Median, comparable with the other points of the search.
        speedup: fp32 of the same engine over this one.
        drop_pp: Accuracy lost, or disagreement with the float model; None without classes.
        sqnr_db: Of the output, against the float model.
        sound: Whether the engine computes what the simulation does.
    """

    name: str
    mix: Mix
    latency_ms: float
    speedup: float
    drop_pp: float | None
    sqnr_db: float
    sound: bool

    def within(self, max_drop_pp: float | None) -> bool:
        """Tell whether it keeps the accuracy that was asked for."""
        if not self.sound:
            return False
        return max_drop_pp is None or self.drop_pp is None or self.drop_pp <= max_drop_pp

    @property
    def loss(self) -> tuple[float, float]:
        """What it loses, to sort by: points of accuracy, then noise."""
        return (self.drop_pp or 0.0, -self.sqnr_db)

    def to_json(self) -> dict[str, Any]:
        """Return what the journal holds."""
        return asdict(self)

    @classmethod
    def from_json(cls, read: dict[str, Any]) -> Point:
        """Return what `to_json` wrote."""
        return cls(**{**read, "mix": tuple(read["mix"])})


def front(points: Iterable[Point]) -> tuple[Point, ...]:
    """Return the points that no other one beats, the fastest first (Pareto's front).

    One beats another when it is no slower, loses no more points and has no more noise, and is
    better in one of the three. What its engine does not compute soundly beats nothing.
    """
    sound = [point for point in points if point.sound]
    kept = [one for one in sound if not any(_beats(other, one) for other in sound)]
    return tuple(sorted(kept, key=lambda point: (point.latency_ms, point.loss, point.name)))


def _beats(one: Point, other: Point) -> bool:
    mine = (one.latency_ms, *one.loss)
    yours = (other.latency_ms, *other.loss)
    return mine != yours and all(a <= b for a, b in zip(mine, yours, strict=True))
