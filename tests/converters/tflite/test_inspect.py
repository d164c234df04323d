from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn_converters.tflite.inspect import inspect
from edgeattn_converters.tflite.lower import lower
from tests.converters.tflite.files import Int8Conv, Int8Linear, conv2d_nhwc, fq, program_of


class Half(nn.Module):
    """An int8 linear of 8 x 16 weights, a float one of 16 x 24; 10 tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Int8Linear(8, 16, 0.03), nn.Linear(16, 24)

    def forward(self, x):
        return self.second(fq(self.first(fq(x, 0.03)), 0.02))


def test_shares_are_counted_in_weights_and_in_multiplications():
    contents = inspect(lower(program_of(Half(), torch.randn(1, 10, 8))))
    assert contents.int8_weight_share == pytest.approx(128 / (128 + 384))
    assert contents.int8_mac_share == pytest.approx(1280 / (1280 + 3840))
    assert contents.kinds["FULLY_CONNECTED:int8"] == 1
    assert contents.kinds["FULLY_CONNECTED:float32"] == 1


def test_operations_carry_the_names_of_the_program():
    program = program_of(Half(), torch.randn(1, 10, 8))
    outputs = {operation.output for operation in inspect(lower(program)).operations}
    assert {"linear", "linear_1"} <= outputs


def test_weights_that_are_only_stored_as_int8_do_not_count():
    contents = inspect(
        lower(program_of(Int8Conv(torch.randn(8, 3, 3, 4), 0.1), torch.randn(1, 6, 6, 4)))
    )
    assert contents.int8_weight_share == 0
    assert sum(operation.weights for operation in contents.operations) == 8 * 3 * 3 * 4


@pytest.mark.parametrize(("groups", "macs"), [(1, 36 * 8 * 9 * 8), (8, 36 * 8 * 9)])
def test_multiplications_of_a_convolution(groups, macs):
    weight = torch.randn(8, 3, 3, 8 // groups)

    def convolve(x):
        return conv2d_nhwc(x, weight, None, [1, 1], [1, 1, 1, 1], [1, 1], groups)

    contents = inspect(lower(program_of(convolve, torch.randn(1, 6, 6, 8))))
    assert sum(operation.macs for operation in contents.operations) == macs


def test_multiplications_of_attention_scores():
    q, k = torch.randn(1, 4, 6, 8), torch.randn(1, 4, 5, 8)
    contents = inspect(lower(program_of(lambda q, k: q @ k.transpose(-1, -2), q, k)))
    (product,) = [op for op in contents.operations if op.name == "BATCH_MATMUL"]
    assert (product.macs, product.weights) == (4 * 6 * 5 * 8, 0)


def test_a_file_without_weights_has_no_shares():
    contents = inspect(lower(program_of(torch.exp, torch.randn(1, 4))))
    assert (contents.int8_weight_share, contents.int8_mac_share) == (0.0, 0.0)
