from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn_converters.tflite.plan import plan
from edgeattn_runtime.errors import CannotConvert
from tests.converters.tflite.files import (
    File,
    Int8Linear,
    dequantized,
    fq,
    off_by,
    program_of,
    quantized,
)


def operators_in_int8(model, *inputs: torch.Tensor) -> set[str]:
    program = program_of(model, *inputs)
    kinds = {str(node.target).split(".")[1] for node in plan(program).int8}
    return kinds - {"quantize_per_tensor", "dequantize_per_tensor"}


# Scales have no common divisor: no result falls half-way between two steps.
X = torch.randn(1, 6, 8, generator=torch.Generator().manual_seed(0))


def test_an_operator_between_dequantize_and_quantize_runs_in_int8():
    assert operators_in_int8(lambda x: fq(fq(x, 0.0307) * 0.5, 0.0193), X) == {"mul"}


def test_an_operator_of_a_float_runs_in_float():
    assert operators_in_int8(lambda x: fq(x * 0.5, 0.0193), X) == set()


def test_an_operator_whose_float_result_is_read_too_runs_in_float():
    def compute(x):
        y = fq(x, 0.0307) * 0.5
        return fq(y, 0.0193) + y  # the sum wants what was not rounded

    program = program_of(compute, X)
    assert operators_in_int8(compute, X) == set()
    np.testing.assert_allclose(File(program)(X), program(X)[0].numpy(), atol=1e-6)


def test_an_operator_that_is_quantised_with_two_scales_runs_in_float():
    def compute(x):
        y = fq(x, 0.0307) * 0.5
        return fq(y, 0.0193) + fq(y, 0.0411)

    program = program_of(compute, X)
    assert operators_in_int8(compute, X) == set()
    np.testing.assert_allclose(File(program)(X), program(X)[0].numpy(), atol=1e-6)


def test_an_operator_that_is_quantised_twice_with_one_scale_runs_in_int8():
    def compute(x):
        y = fq(x, 0.0307) * 0.5
        return fq(fq(y, 0.0193) * fq(y, 0.0193), 0.0523)

    assert operators_in_int8(compute, X) == {"mul"}


def test_float_readers_of_an_int8_value_share_one_dequantize():
    def compute(x):
        y = fq(fq(x, 0.0307) * 0.5, 0.0193)
        return torch.exp(y) + torch.sin(y)

    program = program_of(compute, X)
    file = File(program)
    assert file.operators["MUL:INT8"] == 1
    assert file.operators["DEQUANTIZE:FLOAT32"] == 1
    np.testing.assert_allclose(file(X), program(X)[0].numpy(), rtol=1e-5, atol=1e-5)


def test_a_linear_with_float_weights_runs_in_float():
    linear = nn.Linear(8, 8).requires_grad_(False)
    assert operators_in_int8(lambda x: fq(linear(fq(x, 0.0307)), 0.0193), X) == set()


def test_three_heads_of_one_scale_take_their_linear_with_them():
    linear = Int8Linear(8, 24, 0.0307)

    def attend(x):
        q, k, v = (fq(part, 0.0193) for part in linear(fq(x, 0.0307)).chunk(3, -1))
        return fq(q + k, 0.0307) + v

    program = program_of(attend, X)
    file = File(program)
    assert file.operators["FULLY_CONNECTED:INT8"] == 1
    assert off_by(program(X)[0].numpy(), file(X), scale=0.01).max() <= 3  # one step of 0.0307


def test_three_heads_of_three_scales_leave_their_linear_float():
    linear = Int8Linear(8, 24, 0.0307)

    def attend(x):
        q, k, v = linear(fq(x, 0.0307)).chunk(3, -1)
        return fq(q, 0.01) + fq(k, 0.0193) + fq(v, 0.0307)

    assert "linear" not in operators_in_int8(attend, X)


def test_a_relu_that_follows_is_planned_with_its_operator():
    program = program_of(lambda x: fq((fq(x, 0.0307) * 0.5).relu(), 0.0193, -128), X)
    drawn = plan(program)
    ((operator, relu),) = drawn.relus.items()
    assert (str(operator.target), str(relu.target)) == ("aten.mul.Tensor", "aten.relu.default")
    assert drawn.int8[operator] == drawn.int8[relu]


def test_a_dequantize_that_disagrees_with_its_quantize_is_refused():
    program = program_of(lambda x: dequantized(quantized(x, 0.0307, 1), 0.0411, 1), X)
    with pytest.raises(CannotConvert, match=r"scale 0.0411.*was written with scale 0.0307"):
        plan(program)
