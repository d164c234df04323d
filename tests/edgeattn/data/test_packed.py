from pathlib import Path

import numpy as np
import pytest

from edgeattn.data.packed import bounds
from edgeattn_runtime.errors import BadData


def test_recordings_lie_end_to_end():
    assert bounds(np.array([0, 3, 5], np.uint16), 5, Path("a.npz")) == [(0, 3), (3, 5)]


@pytest.mark.parametrize(
    "offsets", [[0, 3, 6], [0, 3, 4], [1, 3, 5], [0, 4, 3, 5], [0, 3, 3, 5], [0], [], [-1, 5]]
)
def test_offsets_that_do_not_fit_the_samples_are_refused(offsets):
    with pytest.raises(BadData, match=r"a\.npz: its offsets do not divide 5 samples"):
        bounds(np.array(offsets, np.int64), 5, Path("a.npz"))
