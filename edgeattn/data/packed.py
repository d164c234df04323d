"""Many recordings end to end in one array, and where each of them begins."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from edgeattn_runtime.errors import BadData


def bounds(offsets: NDArray[Any], total: int, path: Path) -> list[tuple[int, int]]:
    """Return the begin and end of each recording, checked.

    A slice beyond the end of an array is shorter without a word, so a file that was cut off would
    give recordings that were never made.

    Args:
        offsets: [N + 1], where each recording begins, and the end.
        total: How many samples there are.
        path: Of the archive, for the message.

    >>> import numpy as np
    >>> bounds(np.array([0, 3, 5]), 5, Path("a.npz"))
    [(0, 3), (3, 5)]
    """
    places = [int(place) for place in offsets.ravel()]
    rising = all(begin < end for begin, end in pairwise(places))
    if len(places) < 2 or places[0] != 0 or places[-1] != total or not rising:
        raise BadData(
            f"{path}: its offsets do not divide {total} samples into recordings; place the file "
            "again"
        )
    return list(pairwise(places))
