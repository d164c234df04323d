from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import CannotConvert
from tests.converters.tflite.files import File, both, fq, off_by, program_of

FLOAT = {
    "RELU": nn.ReLU(),
    "RELU6": nn.ReLU6(),
    "GELU": nn.GELU(),
    "GELU_tanh": nn.GELU(approximate="tanh"),
    "LOGISTIC": nn.Sigmoid(),
    "TANH": nn.Tanh(),
    "HARD_SWISH": nn.Hardswish(),
    "MUL_silu": nn.SiLU(),
    "MUL_hardsigmoid": nn.Hardsigmoid(),
    "SOFTMAX": nn.Softmax(-1),
    "LOG_SOFTMAX": nn.LogSoftmax(-1),
}


@pytest.mark.parametrize("kind", FLOAT)
def test_an_activation_keeps_the_numbers(kind):
    x = torch.randn(1, 5, 40) * 4
    expected, file = both(FLOAT[kind], x)
    assert f"{kind.split('_')[0] if kind[-1].islower() else kind}:FLOAT32" in file.operators
    # XNNPACK's exponentials are polynomials: 4e-6 of the range, not of each number.
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5)


# activation, scale and zero-point of its int8 result, the operators that write it
INT8 = {
    "relu": (nn.ReLU(), 0.03, -128, {"RELU:INT8"}),
    "relu6": (nn.ReLU6(), 6 / 255, -128, {"RELU6:INT8"}),
    "sigmoid": (nn.Sigmoid(), 1 / 256, -128, {"LOGISTIC:INT8"}),
    "tanh": (nn.Tanh(), 1 / 128, 0, {"TANH:INT8"}),
    "softmax": (nn.Softmax(-1), 1 / 256, -128, {"SOFTMAX:INT8"}),
    "gelu": (nn.GELU(), 0.03, -120, {"GELU:FLOAT32"}),
    "gelu_tanh": (nn.GELU(approximate="tanh"), 0.03, -120, {"GELU:FLOAT32"}),
    "hardswish": (nn.Hardswish(), 0.03, -110, {"HARD_SWISH:FLOAT32"}),
    "sigmoid_of_another_scale": (nn.Sigmoid(), 1 / 200, -128, {"LOGISTIC:FLOAT32"}),
    "softmax_of_another_scale": (nn.Softmax(-1), 1 / 255, -128, {"SOFTMAX:FLOAT32"}),
}


@pytest.mark.parametrize("kind", INT8)
def test_an_activation_between_int8_values_gives_the_steps_of_the_simulation(kind):
    activation, scale, zero_point, written = INT8[kind]
    x = torch.linspace(-6, 6, 256).reshape(1, 8, 32)
    program = program_of(lambda x: fq(activation(fq(x, 0.05, 3)), scale, zero_point), x)
    file = File(program)
    steps = off_by(program(x)[0].numpy(), file(x), scale)
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.98
    assert written <= set(file.operators)


def test_a_softmax_over_another_axis_is_refused():
    with pytest.raises(CannotConvert, match="axis 1 of 3; move that axis to the end"):
        lower(program_of(nn.Softmax(1), torch.randn(1, 4, 5)))


def test_a_clamp_to_other_ends_than_relu6_is_refused():
    with pytest.raises(CannotConvert, match=r"clamps to a range other than \[0, 6\]"):
        lower(program_of(nn.Hardtanh(-1, 1), torch.randn(1, 4)))
