from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.converters.tflite.files import both


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("dtype", [torch.int32, torch.int64], ids=str)
def test_rows_keep_the_numbers(axis, dtype):
    x, places = torch.randn(4, 5, 6), torch.tensor([3, 0, 3], dtype=dtype)
    expected, file = both(lambda x, places: x.index_select(axis, places), x, places)
    np.testing.assert_array_equal(file(x, places), expected)


def test_places_may_come_from_a_ranking():
    x = torch.randn(5, 6)
    expected, file = both(lambda x: x.index_select(0, x.mean(1).topk(2).indices), x)
    np.testing.assert_array_equal(file(x), expected)
    assert file.operators["GATHER:FLOAT32"] == 1
