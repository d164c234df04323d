"""The layers of a report: how much noise int8 adds to each, and what stayed float and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeattn.report import quantities as q
from edgeattn.report.charts import Svg, bar

QUIET_DB = 60.0  # a bar this long is as good as float for an int8 model
POOR_DB = 20.0  # below, a tenth of the signal's amplitude is noise


@dataclass(frozen=True, kw_only=True)
class LayerLine:
    """One layer of the table."""

    name: str
    op: str
    chart: Svg | None
    text: str
    precision: str
    reason: str


def layer_lines(layers: Sequence[Mapping[str, Any]]) -> tuple[LayerLine, ...]:
    """Return a line a layer, the noisiest first, then those that were not measured."""
    found = [layer for layer in layers if isinstance(layer, Mapping)]
    worst_first = sorted(
        found, key=lambda layer: (q.finite(layer.get("sqnr_db")) is None, _db(layer))
    )
    return tuple(_line(layer) for layer in worst_first)


def precision_of_layers(lines: Sequence[LayerLine]) -> str:
    """Say how many layers run in int8, how many of them by ranges found as they run."""
    kept = sum(line.precision == "float" for line in lines)
    dynamic = sum(line.precision == "dynamic" for line in lines)
    words = f" ({dynamic} with dynamic ranges)" if dynamic else ""
    return f"{len(lines) - kept} in int8{words}, {kept} kept float" if lines else ""


def _line(layer: Mapping[str, Any]) -> LayerLine:
    name, db = str(layer.get("name") or "unnamed"), q.finite(layer.get("sqnr_db"))
    kept = bool(layer.get("kept_float"))
    kind = "float" if kept else "poor" if db is not None and db < POOR_DB else "int8"
    text = q.decibels(db)
    return LayerLine(
        name=name,
        op=str(layer.get("op") or ""),
        chart=None if db is None else bar(db, QUIET_DB, kind=kind, label=f"{name}: {text}"),
        text=text,
        precision="float" if kept else str(layer.get("precision") or "int8"),
        reason=str(layer.get("reason") or ""),
    )


def _db(layer: Mapping[str, Any]) -> float:
    db = q.finite(layer.get("sqnr_db"))
    return 0.0 if db is None else db
