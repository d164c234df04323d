"""What is known of a candidate, and of all of them: the entries of audit.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgeattn.audit.comparison import Correct, Paired, wilson
from edgeattn.audit.sizing import ATTENTION, FAMILIES
from edgeattn_runtime.latency import Latency, RatioInterval


@dataclass(frozen=True, eq=False)
class Finished:
    """A candidate that was trained, converted and judged.

    Attributes:
        family: One of `FAMILIES`.
        macs: Multiply-accumulates of one sample.
        params: Weights and biases.
        epochs: It was trained for.
        train_s: They took.
        validation_accuracy: Of the float model, after the last epoch.
        correct: bool [N], which test samples its int8 file gets right, or its float model.
        float_correct: bool [N], which its float model gets right.
        int8: Of its int8 file, as the bundle's report says it, or None.
        reason: Why there is no int8 file.
    """

    family: str
    macs: int
    params: int
    epochs: int
    train_s: float
    validation_accuracy: float
    correct: Correct
    float_correct: Correct
    int8: dict[str, Any] | None = None
    reason: str | None = None

    @property
    def attends(self) -> bool:
        """Whether there is attention in it."""
        return self.family in ATTENTION

    @property
    def accuracy(self) -> float:
        """The share of test samples that are right."""
        return float(self.correct.mean())

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values; answers as a text of 0 and 1."""
        return {
            **vars(self),
            "correct": _bits(self.correct),
            "float_correct": _bits(self.float_correct),
        }

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Finished:
        """Return what `to_json` wrote."""
        answers = {name: _answers(read[name]) for name in ("correct", "float_correct")}
        return cls(**{**read, **answers})


@dataclass(frozen=True, eq=False)
class Compared:
    """A candidate beside the best one without attention.

    Attributes:
        one: The candidate.
        against: What it gains; None for the reference itself.
        latency: Of its int8 file, all files in turn; None without one.
        ratio: Of its latency to the reference's.
    """

    one: Finished
    against: Paired | None = None
    latency: Latency | None = None
    ratio: RatioInterval | None = field(default=None)

    def to_json(self) -> dict[str, Any]:
        """Return the entry of `candidates`."""
        one = self.one
        low, high = wilson(int(one.correct.sum()), len(one.correct))
        return {
            "name": one.family,
            "summary": FAMILIES[one.family],
            "attention": one.attends,
            "macs": one.macs,
            "params": one.params,
            "epochs": one.epochs,
            "train_s": round(one.train_s, 1),
            "validation_accuracy": one.validation_accuracy,
            "judged": "float" if one.int8 is None else "int8",
            "accuracy": one.accuracy,
            "accuracy_interval": [low, high],
            "float_accuracy": float(one.float_correct.mean()),
            "against_reference": None if self.against is None else self.against.to_json(),
            "latency_ms": None if self.latency is None else self.latency.to_json(),
            "latency_ratio": None if self.ratio is None else vars(self.ratio).copy(),
            "bytes": None if one.int8 is None else one.int8["bytes"],
            "int8": one.int8,
            "no_int8_file": one.reason,
        }


def _bits(answers: Correct) -> str:
    return "".join("1" if right else "0" for right in answers)


def _answers(bits: str) -> Correct:
    return np.array([bit == "1" for bit in bits])
