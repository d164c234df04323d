from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import CannotConvert
from tests.converters.tflite.files import (
    Calls,
    File,
    Int8Linear,
    both,
    fq,
    off_by,
    program_of,
)


@pytest.mark.parametrize("shape", [(3, 8), (1, 5, 8), (1, 2, 5, 8)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_linear_keeps_the_numbers_and_the_rank(shape, bias):
    x = torch.randn(shape)
    expected, file = both(nn.Linear(8, 6, bias=bias), x)
    assert set(file.operators) == {"FULLY_CONNECTED:FLOAT32"}
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5)


def test_a_relu_disappears_into_its_linear():
    x = torch.randn(2, 8)
    expected, file = both(nn.Sequential(nn.Linear(8, 6), nn.ReLU()), x)
    assert set(file.operators) == {"FULLY_CONNECTED:FLOAT32"}
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("rank", [2, 3, 4])
def test_a_transposed_right_operand_costs_no_transpose(rank):
    a, b = torch.randn(2, 3, 5, 4)[(0,) * (4 - rank)], torch.randn(2, 3, 6, 4)[(0,) * (4 - rank)]
    expected, file = both(lambda a, b: a @ b.transpose(-1, -2), a, b)
    assert set(file.operators) == {"BATCH_MATMUL:FLOAT32"}
    np.testing.assert_allclose(file(a, b), expected, rtol=1e-5, atol=1e-5)


def test_a_transpose_that_others_read_too_is_written():
    a, b = torch.randn(1, 5, 5), torch.randn(1, 5, 5)

    def attend(a, b):
        swapped = b.permute(0, 2, 1)
        return a @ swapped + swapped

    expected, file = both(attend, a, b)
    assert file.operators["TRANSPOSE:FLOAT32"] == 1
    np.testing.assert_allclose(file(a, b), expected, rtol=1e-5, atol=1e-5)


def test_a_transpose_that_is_quantised_afterwards_costs_nothing_either():
    a, b = torch.randn(1, 6, 8), torch.randn(1, 5, 8)

    def attend(a, b):
        return fq(fq(a, 0.03, 4) @ fq(b.transpose(1, 2), 0.03), 0.1, 2)

    program = program_of(attend, a, b)
    file = File(program)
    assert "TRANSPOSE:INT8" not in file.operators
    assert "TRANSPOSE:FLOAT32" not in file.operators
    assert off_by(program(a, b)[0].numpy(), file(a, b), scale=0.1).max() <= 1


def test_an_int8_linear_gives_the_steps_of_the_simulation():
    x, linear = torch.randn(1, 40, 64), Int8Linear(64, 32, input_scale=0.03)
    program = program_of(Calls(lambda x: fq(linear(fq(x, 0.03, -9)), 0.02, 11)), x)
    file = File(program)
    steps = off_by(program(x)[0].numpy(), file(x), scale=0.02)
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.98
    assert file.operators["FULLY_CONNECTED:INT8"] == 1


def test_a_bias_becomes_whole_steps_of_input_scale_times_weight_scale():
    linear = Int8Linear(4, 3, input_scale=0.05)
    file = File(program_of(lambda x: fq(linear(fq(x, 0.05, 0)), 0.1), torch.randn(1, 4)))
    graph = file.model.subgraphs[0]
    (bias,) = [tensor for tensor in graph.tensors if list(tensor.shape) == [3]]
    stored = np.frombuffer(bytes(file.model.buffers[bias.buffer].data), np.int32)
    steps = np.float32(0.05) * linear.weight.scales.numpy()
    np.testing.assert_array_equal(stored, np.rint(linear.bias.numpy() / steps))
    np.testing.assert_allclose(bias.quantization.scale, steps, rtol=1e-6)


def test_keys_with_a_zero_point_are_refused():
    def attend(q, k):
        return fq(fq(q, 0.1, 3) @ fq(k, 0.1, 3), 0.1)

    with pytest.raises(CannotConvert, match=r"zero-point 3.*quantise keys and values symmetric"):
        lower(program_of(attend, torch.randn(1, 4, 4), torch.randn(1, 4, 4)))


def test_a_product_with_a_vector_is_refused():
    with pytest.raises(CannotConvert, match="vector as operand; unsqueeze it"):
        lower(program_of(lambda a, b: a @ b, torch.randn(2, 4), torch.randn(4)))


def test_a_computed_weight_is_refused():
    with pytest.raises(CannotConvert, match="weight that is computed; write it as a matmul"):
        lower(program_of(nn.functional.linear, torch.randn(2, 4), torch.randn(3, 4)))
