"""What a training left behind: figures of each epoch, the checkpoint, and the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from edgeattn.training.scores import scores

METRICS = "metrics.jsonl"


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """What a training left behind.

    Attributes:
        checkpoint: The file with the averaged weights.
        metrics: The file with one line per epoch and one for the result.
        plot: The curves.
        epochs: Whole epochs, those before a resume included.
        best_epoch: Whose weights the checkpoint holds: the last one, unless `patience` chose.
        validation_accuracy: Of the averaged weights.
        test_accuracy: Of the averaged weights; None without a test split.
        test_f1: Macro, likewise.
        test_samples: How many samples that is.
    """

    checkpoint: Path
    metrics: Path
    plot: Path
    epochs: int
    best_epoch: int
    validation_accuracy: float
    test_accuracy: float | None
    test_f1: float | None
    test_samples: int


def figures(confusion: Tensor, split: str) -> dict[str, Any]:
    """Return accuracy, macro precision, recall and F1, and the matrix, named after the split."""
    found = scores(confusion)
    return {
        f"{split}_accuracy": found.accuracy,
        f"{split}_precision": round(found.precision, 5),
        f"{split}_recall": round(found.recall, 5),
        f"{split}_f1": round(found.f1, 5),
        f"{split}_confusion": confusion.tolist(),  # row: what it was, column: what it was called
    }


def best_epoch(lines: Sequence[dict[str, Any]]) -> int:
    """Return the first epoch, from 1, with the highest macro F1 on the validation samples."""
    best = max(lines, key=lambda line: float(line["validation_f1"]))
    return int(best["epoch"])


def ended(lines: Sequence[dict[str, Any]], patience: int | None) -> bool:
    """Return whether the last `patience` epochs brought nothing better."""
    return bool(lines) and patience is not None and len(lines) - best_epoch(lines) >= patience
