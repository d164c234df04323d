"""The profile of a candidate: which kinds of operator take its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeattn.report import quantities as q
from edgeattn.report.candidates import Row, rows_of
from edgeattn.report.charts import Svg, bar


@dataclass(frozen=True, kw_only=True)
class OperatorLine:
    """One kind of operator on one back end, as text and as a bar of its share."""

    op: str
    count: str
    share: str
    time: str
    provider: str
    chart: Svg


@dataclass(frozen=True, kw_only=True)
class Operators:
    """The profile of one candidate."""

    name: str
    lines: tuple[OperatorLine, ...]


def operators_of(report: Mapping[str, Any]) -> tuple[Operators, ...]:
    """Return the profiles in a report."""
    return tuple(
        Operators(name=row.name, lines=tuple(_line(row, one) for one in entries))
        for row in rows_of(report)
        if (entries := [one for one in row.facts.get("per_op") or () if isinstance(one, Mapping)])
    )


def _line(row: Row, one: Mapping[str, Any]) -> OperatorLine:
    share = q.percent(one.get("share"))
    op = str(one.get("op"))
    label = f"{row.name}: {op} takes {share}"
    return OperatorLine(
        op=op,
        count=q.count(one.get("count")),
        share=share,
        time=q.milliseconds(one.get("ms")),
        provider=str(one.get("provider") or ""),
        chart=bar(q.finite(one.get("share")) or 0.0, 1.0, kind=row.role, label=label),
    )
