from __future__ import annotations

import numpy as np
import pytest

from edgeattn_runtime.errors import BadData
from edgeattn_runtime.fit import misfit
from edgeattn_runtime.port import Port

PORTS = (Port("ids", (1, 4), "int32"), Port("mask", (1, 4), "bool"))
IDS, MASK = np.zeros((1, 4), np.int32), np.ones((1, 4), bool)


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"ids": IDS, "mask": MASK, "x": IDS}, "no input 'x'; it takes ids int32 [1, 4], mask"),
        ({"ids": IDS}, "input 'mask' is missing"),
        ({"ids": [[0]], "mask": MASK}, "input 'ids' is a list; pass a NumPy array int32 [1, 4]"),
        ({"ids": IDS[0], "mask": MASK}, "input 'ids' has shape [4], the model takes [1, 4]"),
        ({"ids": IDS.astype(np.int64), "mask": MASK}, "convert it with `.astype(numpy.int32)`"),
        ({"ids": IDS, "mask": MASK.astype(np.int8)}, "input 'mask' is int8, the model takes bool"),
        ({"ids": IDS, "mask": MASK}, "the inputs do not fit"),
    ],
)
def test_the_first_thing_that_is_wrong_is_told(inputs, sentence):
    error = misfit(PORTS, inputs)
    assert isinstance(error, BadData)
    assert sentence in str(error)
