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

from edgeattn_runtime.errors import BadInput
from edgeattn_runtime.latency import Latency
from edgeattn_runtime.machine import Context
from edgeattn_runtime.search_report import SearchReport
from edgeattn_runtime.sustained import Sustained

SCHEMA_VERSION = 1

# JSON knows no infinity. Outputs that are equal bit for bit get this; float32 itself, with 24 bits,
# ends near 150 dB.
EQUAL_DB = 200.0


@dataclass(frozen=True)
class ModelFacts:
    """The source model: its name, parameters, and multiply-accumulates of one inference."""

    name: str
    params: int | None = None
    macs: int | None = None


@dataclass(frozen=True)
class Candidate:
    """One model file on one engine, and everything measured about it.

    Attributes:
        engine: "onnxruntime", "ai-edge-litert", "tflite-runtime".
        precision: "fp32", "int8", ...
        recipe: The recipe's name; None for a float file.
        file: Name in the bundle; None when it was measured and thrown away.
        bytes: File size.
        int8_weight_share: Of all weights, 0 to 1, counted as the engine placed the graph.
        int8_mac_share: Of all multiply-accumulates, 0 to 1.
        accuracy: 0 to 1, on the evaluation set.
        accuracy_drop_pp: 100 x (accuracy of the source model - accuracy); positive is worse.
        accuracy_interval_pp: The drop's paired 95 % interval, (low, high).
        top1_agreement: With the float model, 0 to 1.
        sqnr_db: Against the float model, before any softmax; at most `EQUAL_DB`.
        latency_ms: Distribution, in milliseconds.
        peak_rss_mb: Of a process that runs this candidate alone, in 10^6 bytes.
        speedup_vs_fp32: Median of the same engine's fp32 over this one's; above 1 is faster.
        speedup_interval: Its 95 % interval, (low, high).
        sustained: Latency over minutes, when it was asked for.
        stock: Whether this is the stock export, there for comparison only.
        passed: Whether this candidate holds what it was checked for; None when nothing was.
        note: One sentence: why it failed, why it won, why nothing was measured.
        target: The engine it is made for, where that is not `engine`.
    """

    engine: str
    precision: str
    recipe: str | None = None
    file: str | None = None
    bytes: int | None = None
    int8_weight_share: float | None = None
    int8_mac_share: float | None = None
    accuracy: float | None = None
    accuracy_drop_pp: float | None = None
    accuracy_interval_pp: tuple[float, float] | None = None
    top1_agreement: float | None = None
    sqnr_db: float | None = None
    latency_ms: Latency | None = None
    peak_rss_mb: float | None = None
    speedup_vs_fp32: float | None = None
    speedup_interval: tuple[float, float] | None = None
    sustained: Sustained | None = None
    stock: bool = False
    passed: bool | None = None
    note: str | None = None
    target: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry of `candidates`."""
        return {
            **vars(self),
            "accuracy_interval_pp": _pair_to_json(self.accuracy_interval_pp),
            "speedup_interval": _pair_to_json(self.speedup_interval),
            "sqnr_db": _finite(self.sqnr_db),
            "latency_ms": None if self.latency_ms is None else self.latency_ms.to_json(),
            "sustained": None if self.sustained is None else self.sustained.to_json(),
        }

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Candidate:
        """Return what `to_json` wrote."""
        latency, sustained = read.get("latency_ms"), read.get("sustained")
        return cls(
            **{
                **_known(cls, read),
                "accuracy_interval_pp": _pair(read.get("accuracy_interval_pp")),
                "speedup_interval": _pair(read.get("speedup_interval")),
                "latency_ms": None if latency is None else Latency.from_json(latency),
                "sustained": None if sustained is None else Sustained.from_json(sustained),
            }
        )


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
        return {**vars(self), "sqnr_db": _finite(self.sqnr_db)}


@dataclass(frozen=True)
class Report:
    """The whole of report.json."""

    model: ModelFacts
    context: Context
    candidates: tuple[Candidate, ...]
    verdict: Verdict
    layers: tuple[LayerReport, ...] = ()
    search: tuple[SearchReport, ...] = ()
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
                edgeattn_version=read["edgeattn_version"],
                created=read["created"],
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadInput(f"this is no report.json: {error!r}; measure again") from error

    def text(self) -> str:
        """Return the candidates and the verdict as a plain table for a terminal."""
        from edgeattn_runtime.table import render_report

        return render_report(self)


def _finite(decibels: float | None) -> float | None:
    """Return a number that JSON can hold."""
    return None if decibels is None else max(-EQUAL_DB, min(decibels, EQUAL_DB))


def _pair_to_json(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else list(pair)


def _pair(read: Any) -> tuple[float, float] | None:
    return None if read is None else (float(read[0]), float(read[1]))


def _known(cls: type[Any], read: Mapping[str, Any]) -> dict[str, Any]:
    """Return those entries that `cls` has fields for."""
    names = {field.name for field in dataclasses.fields(cls)}
    return {name: value for name, value in read.items() if name in names}
