"""One model file on one engine, and everything measured about it: an entry of report.json."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeattn_runtime.cold_start import ColdStart
from edgeattn_runtime.energy import Energy
from edgeattn_runtime.latency import Latency
from edgeattn_runtime.op_profile import OpTime
from edgeattn_runtime.sustained import Sustained

# JSON knows no infinity. Outputs that are equal bit for bit get this; float32 itself, with 24 bits,
# ends near 150 dB.
EQUAL_DB = 200.0


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
        sha256: Of the file, so that two reports can tell whether they speak of the same one.
        latency_ms: Distribution, in milliseconds; None where the clock counts instructions.
        instructions_m: Distribution, in millions of instructions, where it does.
        peak_rss_mb: Of a process that runs this candidate alone, in 10^6 bytes.
        speedup_vs_fp32: Median of the same engine's fp32 over this one's; above 1 is faster.
        speedup_interval: Its 95 % interval, (low, high).
        instructions_vs_fp32: Median instructions over those of the same engine's fp32; below 1 is
            fewer.
        cold_start: From nothing to the first answer, when it was asked for.
        energy: Of one inference, when it was asked for and a sensor was found.
        per_op: Time by kind of operator, when it was asked for and the engine tells.
        sustained: Latency over minutes, when it was asked for.
        stock: Whether this is the stock export, there for comparison only.
        passed: Whether this candidate holds what it was checked for; None when nothing was.
        note: One sentence: why it failed, why it won, why nothing was measured.
        target: The engine it is made for, where that is not `engine`.
        kernels: The library that computed its fused attention, as in `Context.kernels`.
        ms_without_kernels: Median latency of the same file by the engine alone, in milliseconds.
        speedup_without_kernels: The median of fp32 over that.
    """

    engine: str
    precision: str
    recipe: str | None = None
    file: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    int8_weight_share: float | None = None
    int8_mac_share: float | None = None
    accuracy: float | None = None
    accuracy_drop_pp: float | None = None
    accuracy_interval_pp: tuple[float, float] | None = None
    top1_agreement: float | None = None
    sqnr_db: float | None = None
    latency_ms: Latency | None = None
    instructions_m: Latency | None = None
    peak_rss_mb: float | None = None
    speedup_vs_fp32: float | None = None
    speedup_interval: tuple[float, float] | None = None
    instructions_vs_fp32: float | None = None
    cold_start: ColdStart | None = None
    energy: Energy | None = None
    per_op: tuple[OpTime, ...] | None = None
    sustained: Sustained | None = None
    stock: bool = False
    passed: bool | None = None
    note: str | None = None
    target: str | None = None
    kernels: str | None = None
    ms_without_kernels: float | None = None
    speedup_without_kernels: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the entry of `candidates`."""
        written = {
            name: None if getattr(self, name) is None else getattr(self, name).to_json()
            for name in PARTS
        }
        return {
            **vars(self),
            **written,
            "accuracy_interval_pp": _list(self.accuracy_interval_pp),
            "speedup_interval": _list(self.speedup_interval),
            "sqnr_db": json_decibels(self.sqnr_db),
            "per_op": None if self.per_op is None else [one.to_json() for one in self.per_op],
        }

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Candidate:
        """Return what `to_json` wrote; what a newer version added is left out."""
        names = {field.name for field in dataclasses.fields(cls)}
        known = {name: value for name, value in read.items() if name in names}
        parts = {
            name: None if read.get(name) is None else part.from_json(read[name])
            for name, part in PARTS.items()
        }
        per_op = read.get("per_op")
        return cls(
            **{
                **known,
                **parts,
                "accuracy_interval_pp": _pair(read.get("accuracy_interval_pp")),
                "speedup_interval": _pair(read.get("speedup_interval")),
                "per_op": None if per_op is None else tuple(OpTime(**one) for one in per_op),
            }
        )


# The fields that are objects of their own in report.json.
PARTS: Mapping[str, Any] = {
    "latency_ms": Latency,
    "instructions_m": Latency,
    "sustained": Sustained,
    "cold_start": ColdStart,
    "energy": Energy,
}


def json_decibels(decibels: float | None) -> float | None:
    """Return a number that JSON can hold: at most `EQUAL_DB` either way."""
    return None if decibels is None else max(-EQUAL_DB, min(decibels, EQUAL_DB))


def _list(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else list(pair)


def _pair(read: Any) -> tuple[float, float] | None:
    return None if read is None else (float(read[0]), float(read[1]))
