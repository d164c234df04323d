"""report.json: what was measured, and what follows from it.

Written by `convert`, `check` and `bench`, read by the HTML card and by `compare`. A measurement
nobody made is None, never 0.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from edgeattn_runtime.candidate import EQUAL_DB, Candidate, json_decibels
from edgeattn_runtime.context import Context
from edgeattn_runtime.errors import BadInput
from edgeattn_runtime.search_report import SearchReport

__all__ = [
    "EQUAL_DB",
    "SCHEMA_VERSION",
    "Candidate",
    "Gates",
    "LayerReport",
    "ModelFacts",
    "Report",
    "Verdict",
]

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class ModelFacts:
    """The source model: its name, parameters, and multiply-accumulates of one inference."""

    name: str
    params: int | None = None
    macs: int | None = None


@dataclass(frozen=True)
class Gates:
    """What a candidate must hold; None is off."""

    max_drop_pp: float | None = 1.0
    min_speedup: float | None = None


@dataclass(frozen=True)
class Verdict:
    """Which candidate wins, whether the gates hold, and the sentence that says why.

    Attributes:
        winner: File name of the winner; None when nothing was to be chosen.
        passed: Whether the gates hold.
        reason: One sentence.
        gates: What had to hold.
    """

    winner: str | None
    passed: bool
    reason: str
    gates: Gates = Gates()

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Verdict:
        """Return the verdict in a report."""
        return cls(**{**_known(cls, read), "gates": Gates(**_known(Gates, read["gates"]))})


@dataclass(frozen=True)
class LayerReport:
    """One layer: how much quantising it costs, and what it runs in.

    `precision` is "int8", "dynamic" (int8 by ranges found as it runs) or "float".
    """

    name: str
    op: str
    sqnr_db: float | None = None
    kept_float: bool = False
    reason: str | None = None
    precision: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry of `layers`."""
        return {**vars(self), "sqnr_db": json_decibels(self.sqnr_db)}


@dataclass(frozen=True)
class Report:
    """The whole of report.json.

    Attributes:
        model: The source model.
        context: The machine that measured.
        candidates: What was measured.
        verdict: What follows from it.
        layers: Layer by layer, where a conversion looked.
        search: The search for precision, where there was one.
        remarks: What was asked for and could not be measured, one sentence each.
        edgeattn_version: Who wrote it.
        created: When, in UTC.
    """

    model: ModelFacts
    context: Context
    candidates: tuple[Candidate, ...]
    verdict: Verdict
    layers: tuple[LayerReport, ...] = ()
    search: tuple[SearchReport, ...] = ()
    remarks: tuple[str, ...] = ()
    edgeattn_version: str = ""
    created: str = ""

    def __post_init__(self) -> None:
        """Stamp the report with version and time unless they were read from a file."""
        if not self.edgeattn_version:
            from edgeattn_runtime import __version__

            object.__setattr__(self, "edgeattn_version", __version__)
        if not self.created:
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            object.__setattr__(self, "created", now)

    def to_json(self) -> dict[str, Any]:
        """Return report.json as an object of plain values."""
        return {
            "schema_version": SCHEMA_VERSION,
            "edgeattn_version": self.edgeattn_version,
            "created": self.created,
            "model": vars(self.model).copy(),
            "context": self.context.to_json(),
            "candidates": [candidate.to_json() for candidate in self.candidates],
            "verdict": dataclasses.asdict(self.verdict),
            "layers": [layer.to_json() for layer in self.layers],
            "search": [search.to_json() for search in self.search],
            "remarks": list(self.remarks),
        }

    def dumps(self) -> str:
        """Return the text of report.json."""
        return json.dumps(self.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Report:
        """Return what `to_json` wrote; fields of a newer minor version are left out.

        Raises:
            BadInput: Another schema, or no report at all.
        """
        if read.get("schema_version") != SCHEMA_VERSION:
            raise BadInput(
                f"this report has schema_version {read.get('schema_version')!r}, this version "
                f"reads {SCHEMA_VERSION}; use the edgeattn that wrote it, or measure again"
            )
        try:
            return cls(
                model=ModelFacts(**_known(ModelFacts, read["model"])),
                context=Context.from_json(read["context"]),
                candidates=tuple(map(Candidate.from_json, read["candidates"])),
                verdict=Verdict.from_json(read["verdict"]),
                layers=tuple(LayerReport(**_known(LayerReport, e)) for e in read["layers"]),
                search=tuple(map(SearchReport.from_json, read.get("search") or ())),
                remarks=tuple(map(str, read.get("remarks") or ())),
                edgeattn_version=read["edgeattn_version"],
                created=read["created"],
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadInput(f"this is no report.json: {error!r}; measure again") from error

    def text(self) -> str:
        """Return the candidates and the verdict as a plain table for a terminal."""
        from edgeattn_runtime.table import render_report

        return render_report(self)


def _known(cls: type[Any], read: Mapping[str, Any]) -> dict[str, Any]:
    """Return those entries that `cls` has fields for."""
    names = {field.name for field in dataclasses.fields(cls)}
    return {name: value for name, value in read.items() if name in names}
