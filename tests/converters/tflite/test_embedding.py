from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import CannotConvert
from tests.converters.tflite.files import QD, Constant, Int8Weight, both, program_of


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64], ids=str)
def test_an_embedding_keeps_the_numbers(dtype):
    ids = torch.tensor([[0, 3, 9, 3]], dtype=dtype)
    expected, file = both(nn.Embedding(10, 6), ids)
    np.testing.assert_array_equal(file(ids), expected)
    assert file.operators["CAST:INT32"] == (dtype == torch.int64)


def test_constant_ids_become_int32_in_the_file():
    x = torch.randn(1, 4, 6)
    table = nn.Embedding(10, 6)
    positions = Constant(lambda x, ids: x + table(ids), torch.arange(4))
    positions.table = table
    expected, file = both(positions, x)
    np.testing.assert_array_equal(file(x), expected)
    assert "CAST:INT32" not in file.operators


class Int8Rows(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = Int8Weight(torch.randn(50, 16))

    def forward(self, ids):
        return nn.functional.embedding(ids, self.table())


def test_an_int8_table_stays_int8_in_the_file():
    ids = torch.tensor([[0, 3, 49, 3]], dtype=torch.int32)
    expected, file = both(Int8Rows(), ids)
    np.testing.assert_allclose(file(ids), expected, rtol=1e-6)
    assert file.operators["GATHER:INT8"] == 1
    assert "DEQUANTIZE:FLOAT32" not in file.operators


def test_an_int8_table_of_one_scale_keeps_the_numbers():
    levels = torch.randint(-127, 128, (20, 8), dtype=torch.int8)

    def look_up(ids, levels):
        rows = QD.dequantize_per_tensor.default(levels, 0.01, 0, -128, 127, torch.int8)
        return nn.functional.embedding(ids, rows)

    ids = torch.tensor([[1, 19]], dtype=torch.int32)
    expected, file = both(Constant(look_up, levels), ids)
    np.testing.assert_allclose(file(ids), expected, rtol=1e-6)


def test_an_int8_table_with_a_zero_point_is_refused():
    levels = torch.randint(-127, 128, (20, 8), dtype=torch.int8)

    def look_up(ids, levels):
        rows = QD.dequantize_per_tensor.default(levels, 0.01, 5, -128, 127, torch.int8)
        return nn.functional.embedding(ids, rows)

    with pytest.raises(CannotConvert, match="quantise it along axis 0"):
        lower(program_of(Constant(look_up, levels), torch.tensor([[1]])))


def test_a_computed_table_is_refused():
    def look_up(ids, rows):
        return nn.functional.embedding(ids, rows * 2)

    with pytest.raises(CannotConvert, match="table that is computed"):
        lower(program_of(look_up, torch.tensor([[1]]), torch.randn(3, 4)))
