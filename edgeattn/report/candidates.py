"""The candidates of a report, as rows: a name, a role, and numbers as text."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edgeattn.report import quantities as q

ENGINES = {
    "onnx": "ONNX Runtime",
    "onnxruntime": "ONNX Runtime",
    "tflite": "LiteRT",
    "ai-edge-litert": "LiteRT",
    "tflite-runtime": "TFLite Runtime",
    "torch": "PyTorch",
}
ROLES = {"ship": "ship this", "stock": "stock export", "float": "float", "int8": ""}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One candidate.

    Attributes:
        name: "LiteRT int8", with the recipe where two would read alike.
        role: "ship", "stock", "float" or "int8": its colour and its badge.
        facts: The candidate as the report has it.
    """

    name: str
    role: str
    facts: Mapping[str, Any]

    @property
    def badge(self) -> str:
        """Return the word beside the name."""
        return ROLES[self.role]

    @property
    def title(self) -> str:
        """Return the name that no other row of the report has."""
        return f"{self.name} (stock)" if self.facts.get("stock") else self.name

    def latency(self, key: str) -> float | None:
        """Return a percentile of the latency in ms."""
        latency = self.facts.get("latency_ms")
        return q.finite(latency.get(key)) if isinstance(latency, Mapping) else None

    @property
    def million_instructions(self) -> float | None:
        """Return the median in millions of instructions, where the clock counts those."""
        counted = self.facts.get("instructions_m")
        return q.finite(counted.get("p50")) if isinstance(counted, Mapping) else None

    def part(self, name: str, key: str) -> object:
        """Return one number of a measurement that has several: ("energy", "mj_per_inference")."""
        found = self.facts.get(name)
        return found.get(key) if isinstance(found, Mapping) else None

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """Return the numbers of the full table, each with its heading."""
        facts = self.facts
        return (
            ("File", str(facts.get("file") or "not in the bundle")),
            ("Recipe", str(facts.get("recipe") or "none")),
            ("Size", q.size(facts.get("bytes"))),
            ("Accuracy", q.percent(facts.get("accuracy"))),
            ("Drop", q.points(facts.get("accuracy_drop_pp"))),
            ("95 % interval", _interval_text(facts.get("accuracy_interval_pp"), q.signed)),
            ("Agreement", q.percent(facts.get("top1_agreement"))),
            ("SQNR", q.decibels(facts.get("sqnr_db"))),
            ("p50", q.milliseconds(self.latency("p50"))),
            ("95 % interval", self._median_interval()),
            ("p90", q.milliseconds(self.latency("p90"))),
            ("p99", q.milliseconds(self.latency("p99"))),
            ("Speed-up", q.times(facts.get("speedup_vs_fp32"))),
            ("95 % interval", _interval_text(facts.get("speedup_interval"), _two_decimals)),
            ("int8 weights", q.percent(facts.get("int8_weight_share"))),
            ("int8 MACs", q.percent(facts.get("int8_mac_share"))),
            ("Instructions", q.instructions(self.million_instructions)),
            ("of fp32's", q.times(facts.get("instructions_vs_fp32"))),
            ("Peak memory", q.megabytes(facts.get("peak_rss_mb"))),
            ("Cold start", q.milliseconds(self.part("cold_start", "total_ms"))),
            ("Energy", q.millijoules(self.part("energy", "mj_per_inference"))),
        )

    def _median_interval(self) -> str:
        ends = q.interval((self.latency("p50_low"), self.latency("p50_high")))
        return q.NOT_MEASURED if ends is None else q.span(ends, q.digits)


def rows_of(report: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the candidates of `report`, in its order."""
    found = [one for one in report.get("candidates") or () if isinstance(one, Mapping)]
    winner = winner_of(report)
    rows = [
        Row(name=_name(one), role=_role(one, is_winner=one is winner), facts=one) for one in found
    ]
    alike = Counter((row.name, bool(row.facts.get("stock"))) for row in rows)
    return tuple(
        dataclasses.replace(row, name=f"{row.name}, {row.facts.get('recipe')}")
        if alike[row.name, bool(row.facts.get("stock"))] > 1 and row.facts.get("recipe")
        else row
        for row in rows
    )


def counts_instructions(report: Mapping[str, Any]) -> bool:
    """Return whether the report's clock counts instructions instead of time."""
    return (report.get("context") or {}).get("clock") == "instructions"


def winner_of(report: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the candidate that the verdict names, by file or by "engine precision"."""
    winner = str((report.get("verdict") or {}).get("winner") or "")
    for one in report.get("candidates") or ():
        if not isinstance(one, Mapping) or not winner:
            continue
        engine, precision = str(one.get("engine")), str(one.get("precision"))
        keys = {f"{engine}{mark}{precision}" for mark in (" ", "/", "-", "_", ":")}
        if one.get("file") == winner or (winner in keys and not one.get("stock")):
            return one
    return None


def _interval_text(value: object, write: Callable[[float], str]) -> str:
    pair = q.interval(value)
    return q.NOT_MEASURED if pair is None else q.span(pair, write)


def _two_decimals(value: float) -> str:
    return f"{value:.2f}"


def _name(candidate: Mapping[str, Any]) -> str:
    engine = str(candidate.get("engine") or "unknown engine")
    target = candidate.get("target")
    made_for = f"for {target}" if target else ""
    words = (ENGINES.get(engine, engine), candidate.get("precision") or "", made_for)
    return " ".join(word for word in words if word)


def _role(candidate: Mapping[str, Any], *, is_winner: bool) -> str:
    if is_winner:
        return "ship"
    if candidate.get("stock"):
        return "stock"
    return "float" if is_float(candidate) else "int8"


def is_float(candidate: Mapping[str, Any]) -> bool:
    """Return whether a candidate computes in floating point."""
    return str(candidate.get("precision") or "").startswith(("fp", "float", "bf"))
