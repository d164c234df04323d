"""What the search for an accuracy budget measured: the entry `search` of report.json."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SearchPoint:
    """One file that was made and measured.

    Attributes:
        recipe: How it was quantised.
        latency_ms: Median, comparable within one search.
        speedup_vs_fp32: The same engine's fp32 over this one.
        accuracy_drop_pp: Points lost; None without classes.
        sqnr_db: Of the output, against the float model.
        layers: Precision -> how many groups of layers run in it.
        holds: Whether it keeps the accuracy asked for, soundly computed.
        on_front: Whether no other point is as fast and as accurate (Pareto's front).
        chosen: Whether the search ended here.
    """

    recipe: str
    latency_ms: float
    speedup_vs_fp32: float
    accuracy_drop_pp: float | None
    sqnr_db: float
    layers: Mapping[str, int] = field(default_factory=dict)
    holds: bool = False
    on_front: bool = False
    chosen: bool = False


@dataclass(frozen=True)
class SearchGroup:
    """Layers that were switched together, and what was found.

    Attributes:
        name: The layer or block.
        precision: In the point that was chosen.
        reason: Why, in one clause.
        sqnr_db: Precision -> SQNR of the output when this group alone runs in it.
        extra_ms: Precision -> what switching the start to it added to the latency.
    """

    name: str
    precision: str
    reason: str
    sqnr_db: Mapping[str, float] = field(default_factory=dict)
    extra_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SearchReport:
    """One search: a format, its points, its groups.

    Attributes:
        format: "onnx" or "tflite".
        start: The uniform recipe that costs were counted from.
        complete: Whether it ran to its end; False when time or trials were used up first.
        seconds: What it took.
        outcome: One sentence.
        points: Everything measured, the fastest first.
        groups: In the order of the model.
    """

    format: str
    start: str
    complete: bool
    seconds: float
    outcome: str
    points: tuple[SearchPoint, ...] = ()
    groups: tuple[SearchGroup, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the entry of `search`."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> SearchReport:
        """Return what `to_json` wrote; fields of a newer minor version are left out."""
        return cls(
            **{
                **_known(cls, read),
                "points": tuple(SearchPoint(**_known(SearchPoint, e)) for e in read["points"]),
                "groups": tuple(SearchGroup(**_known(SearchGroup, e)) for e in read["groups"]),
            }
        )


def _known(cls: type[Any], read: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in dataclasses.fields(cls)}
    return {name: value for name, value in read.items() if name in names}
