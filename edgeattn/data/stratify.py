"""An order of samples in which every prefix holds each class in its share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def stratified_order(groups: NDArray[Any], seed: int) -> NDArray[np.int64]:
    """Return a shuffled order of all samples whose prefixes keep the class shares.

    Sample i of a class with n members stands at (i + 0.5) / n on a line from 0 to 1; reading the
    line from the left meets each class in proportion.

    Args:
        groups: int64 [N], the class of each sample.
        seed: The same seed gives the same order on every machine.

    Returns:
        int64 [N], each index once.

    >>> groups = np.array([0] * 6 + [1] * 3)
    >>> groups[stratified_order(groups, seed=0)[:3]].sum()
    np.int64(1)
    """
    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(len(groups))
    place = np.empty(len(groups), np.float64)
    for group in np.unique(groups):
        members = shuffled[groups[shuffled] == group]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    # Classes of one size stand at equal places; the shuffle decides between them.
    return shuffled[np.argsort(place[shuffled], kind="stable")].astype(np.int64)
