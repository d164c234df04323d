"""May two runs stand side by side? One model, one machine, one setting, and nothing disturbed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What must agree before two latencies may stand side by side. Temperatures are measured, not set;
# what they do to the clock is a disturbance.
CONDITIONS = (
    "machine",
    "architecture",
    "cpu",
    "features",
    "cores",
    "pinned_to",
    "threads",
    "clock",
    "governor",
    "frequency_cap_mhz",
    "engine",
    "engine_version",
    "provider_requested",
    "provider_actual",
    "kernels",
)
# What it means when a report says nothing.
DEFAULTS = {"clock": "wall", "pinned_to": "any core"}


@dataclass(frozen=True)
class Difference:
    """A condition in which two runs differ."""

    field: str
    first: str
    second: str

    def __str__(self) -> str:
        """Say it in one clause."""
        return f"{self.field} is {self.first} in the first, {self.second} in the second"


def unlike_conditions(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Return the conditions in which the contexts of two reports differ."""
    ours, theirs = _context(first), _context(second)
    return tuple(
        Difference(field, _said(ours.get(field)), _said(theirs.get(field)))
        for field in CONDITIONS
        if ours.get(field) != theirs.get(field)
    )


def unlike_models(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return in what the source models of two reports differ: name, parameters, MACs.

    Another conversion of the same model is what one compares; parameters and MACs count only where
    both reports know them (a benchmark of a bundle knows the name alone).
    """
    ours, theirs = first.get("model") or {}, second.get("model") or {}
    pairs = {field: (ours.get(field), theirs.get(field)) for field in ("name", "params", "macs")}
    return tuple(
        Difference(f"the model's {field}", _said(a), _said(b))
        for field, (a, b) in pairs.items()
        if a != b and (field == "name" or None not in (a, b))
    )


def disturbances(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what disturbed the latencies of a run, in words; () where none were measured.

    Accuracy and parity do not care. Reports of older versions know throttling alone.
    """
    if not any(_is_timed(one) for one in report.get("candidates") or ()):
        return ()
    context = report.get("context") or {}
    found = tuple(map(str, context.get("disturbed") or ()))
    return found or (("the clock was held back",) if context.get("throttled") else ())


def _is_timed(candidate: object) -> bool:
    return isinstance(candidate, Mapping) and any(
        candidate.get(key) is not None for key in ("latency_ms", "instructions_m")
    )


def _context(report: Mapping[str, Any]) -> Mapping[str, Any]:
    said = report.get("context") or {}
    return {**said, **{field: said.get(field) or meant for field, meant in DEFAULTS.items()}}


def _said(value: object) -> str:
    if value is None:
        return "unknown"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
