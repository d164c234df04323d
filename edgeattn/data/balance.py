"""How samples are spread over classes, and the weights that even it out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edgeattn.data.data import Data
from edgeattn_runtime.errors import BadData


def class_counts(data: Data) -> NDArray[np.int64]:
    """Return how many samples each class has, int64 [classes]; nobody's class counts as zero."""
    if data.y is None:
        raise BadData(f"{data.source} has no labels; training needs one per sample (`y`)")
    classes = len(data.labels) if data.labels is not None else int(data.y.max()) + 1
    return np.bincount(data.y, minlength=classes)


def check_classes(data: Data) -> None:
    """Refuse samples that are all of one class: every model would be right about all of them."""
    counts = class_counts(data)
    present = np.flatnonzero(counts)
    if len(present) < 2:
        name = data.labels[present[0]] if data.labels is not None else str(present[0])
        raise BadData(
            f"{data.source} holds {len(data)} samples of one class, {name!r}; telling classes "
            "apart needs at least two"
        )


def class_weights(data: Data) -> NDArray[np.float32]:
    """Return a weight for each class, float32 [classes]: rare ones count more.

    weight[c] = samples / (classes present * count[c]), and 0 for a class without samples

    so that all classes weigh the same together, and a sample weighs 1 on average.

    Source: King and Zeng 2001, "Logistic Regression in Rare Events Data"; scikit-learn's
    `class_weight="balanced"`.

    >>> data = Data({"x": np.zeros((4, 1), np.float32)}, np.array([0, 0, 0, 1]), None, "demo")
    >>> [f"{weight:.2f}" for weight in class_weights(data)]
    ['0.67', '2.00']
    """
    check_classes(data)
    counts = class_counts(data)
    present = counts > 0
    share = np.maximum(counts, 1) * int(present.sum())
    return (present * (len(data) / share)).astype(np.float32)


def imbalance(data: Data) -> float:
    """Return how many times as many samples the largest class has as the smallest present one."""
    counts = class_counts(data)
    return float(counts.max() / counts[counts > 0].min())
