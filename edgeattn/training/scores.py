"""What a confusion matrix says: accuracy, precision, recall and F1."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Shares in [0, 1].

    Attributes:
        accuracy: Samples that were right.
        precision: Of what was called a class, how much was; mean over classes.
        recall: Of what was a class, how much was called so; mean over classes.
        f1: Harmonic mean of both, per class; mean over classes.
    """

    accuracy: float
    precision: float
    recall: float
    f1: float


def scores(confusion: Tensor) -> Scores:
    """Return the macro means over the classes that occur, as scikit-learn does.

    Args:
        confusion: int64 [classes, classes]; row: what it was, column: what it was called.

    A class that never occurs and is never named does not count; one that occurs and is never named
    has precision 0.

    >>> import torch
    >>> scores(torch.tensor([[2, 0], [1, 1]]))
    Scores(accuracy=0.75, precision=0.8333333333333333, recall=0.75, f1=0.7333333333333334)
    """
    matrix = confusion.double()
    right, was, called = matrix.diagonal(), matrix.sum(1), matrix.sum(0)
    occurs = (was + called) > 0
    right, was, called = right[occurs], was[occurs], called[occurs]
    return Scores(
        accuracy=float(right.sum() / matrix.sum()),
        precision=float((right / called.clamp_min(1)).mean()),
        recall=float((right / was.clamp_min(1)).mean()),
        f1=float((2 * right / (was + called)).mean()),
    )
