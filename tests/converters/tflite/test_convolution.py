from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import CannotConvert
from tests.converters.tflite.files import (
    Constant,
    File,
    Int8Conv,
    both,
    conv2d_nhwc,
    fq,
    off_by,
    program_of,
)

# stride, padding (top, bottom, left, right), dilation, whether TFLite calls it SAME
BORDERS = {
    "same": ([1, 1], [1, 1, 1, 1], [1, 1], True),
    "same_by_two": ([2, 2], [0, 1, 0, 1], [1, 1], True),
    "symmetric_by_two": ([2, 2], [1, 1, 1, 1], [1, 1], False),
    "none": ([1, 2], [0, 0, 0, 0], [1, 1], None),
    "dilated": ([1, 1], [2, 2, 2, 2], [2, 2], True),
    "lopsided": ([1, 1], [0, 2, 1, 0], [1, 1], False),
}


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("groups", [1, 2, 8], ids=["whole", "grouped", "depthwise"])
def test_a_convolution_keeps_the_numbers(border, groups):
    stride, padding, dilation, same = BORDERS[border]
    x, weight, bias = torch.randn(1, 8, 10, 8), torch.randn(16, 3, 3, 8 // groups), torch.randn(16)

    def convolve(x, weight, bias):
        return conv2d_nhwc(x, weight, bias, stride, padding, dilation, groups)

    expected, file = both(Constant(convolve, weight, bias), x)
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    assert file.operators["PAD:FLOAT32"] == (same is False)


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU6(), nn.Hardtanh(0.0, 6.0)])
def test_a_relu_disappears_into_its_convolution(activation):
    x, weight = torch.randn(1, 6, 6, 4), torch.randn(8, 3, 3, 4)

    def convolve(x, weight):
        return activation(conv2d_nhwc(x, weight, None, [1, 1], [1, 1, 1, 1], [1, 1], 1))

    expected, file = both(Constant(convolve, weight), x)
    assert set(file.operators) == {"CONV_2D:FLOAT32"}
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5)


def test_a_relu_that_is_not_the_only_reader_stays():
    x, weight = torch.randn(1, 6, 6, 4), torch.randn(8, 3, 3, 4)

    def convolve(x, weight):
        y = conv2d_nhwc(x, weight, None, [1, 1], [1, 1, 1, 1], [1, 1], 1)
        return y.relu() + y

    expected, file = both(Constant(convolve, weight), x)
    assert file.operators["RELU:FLOAT32"] == 1
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5)


class Int8Block(nn.Module):
    """Two int8 convolutions, each with a relu whose range starts at zero."""

    def __init__(self, stride: int, groups: int) -> None:
        super().__init__()
        weight = torch.randn(16, 3, 3, 16 // groups) * 0.2
        self.first = Int8Conv(torch.randn(16, 3, 3, 3) * 0.3, 0.03, stride)
        self.second = Int8Conv(weight, 0.02, stride, groups=groups)

    def forward(self, x):
        x = fq(self.first(fq(x, 0.03, 5)).relu(), 0.02, -128)
        return fq(nn.functional.relu6(self.second(x)), 0.02, -128)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("groups", [1, 16], ids=["whole", "depthwise"])
def test_int8_convolutions_give_the_steps_of_the_simulation(stride, groups):
    x = torch.randn(1, 16, 16, 3)
    program = program_of(Int8Block(stride, groups), x)
    file = File(program)
    steps = off_by(program(x)[0].numpy(), file(x), scale=0.02)
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.98
    floats = {kind: n for kind, n in file.operators.items() if kind.endswith("FLOAT32")}
    assert floats == {"DEQUANTIZE:FLOAT32": 1}  # relus are inside the convolutions
    assert "RELU:INT8" not in file.operators


def test_a_border_of_an_int8_image_is_the_real_number_zero():
    x = torch.full((1, 4, 4, 1), 2.0)
    conv = Int8Conv(torch.ones(1, 3, 3, 1), input_scale=0.02, stride=2)  # symmetric: not SAME
    conv.bias.zero_()
    program = program_of(lambda x: fq(conv(fq(x, 0.02, -100)), 0.1, -128), x)
    file = File(program)
    assert file.operators["PAD:INT8"] == 1
    assert off_by(program(x)[0].numpy(), file(x), scale=0.1).max() == 0


def test_int8_weights_of_a_float_convolution_stay_int8_in_the_file():
    x, conv = torch.randn(1, 8, 8, 4), Int8Conv(torch.randn(8, 3, 3, 4), 0.02)
    expected, file = both(conv, x)
    assert set(file.operators) == {"CONV_2D:FLOAT32", "DEQUANTIZE:FLOAT32"}
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_computed_weights_are_refused():
    def convolve(x, weight):
        return conv2d_nhwc(x, weight, None, [1, 1], [0, 0, 0, 0], [1, 1], 1)

    with pytest.raises(CannotConvert, match="weights that are computed; make them constants"):
        lower(program_of(convolve, torch.randn(1, 4, 4, 2), torch.randn(3, 3, 3, 2)))
