from __future__ import annotations

import numpy as np
import torch

from edgeattn_converters.tflite.builder import Affine
from edgeattn_converters.tflite.quantization import to_levels
from tests.converters.tflite.files import File, fq, off_by, program_of, quantized


def test_levels_are_those_of_pytorch():
    values = torch.linspace(-5, 5, 1001)
    expected = quantized(values, 0.03, 4).numpy()
    np.testing.assert_array_equal(to_levels(values.numpy(), Affine((0.03,), 4)), expected)


def test_halves_are_rounded_to_even():
    levels = to_levels(np.asarray([0.5, 1.5, 2.5, -0.5], np.float32), Affine((1.0,)))
    np.testing.assert_array_equal(levels, [0, 2, 2, 0])


def test_a_value_that_is_quantised_and_dequantised_keeps_its_steps():
    x = torch.randn(1, 1000)
    program = program_of(lambda x: fq(x, 0.03, 4), x)
    np.testing.assert_array_equal(File(program)(x), program(x)[0].numpy())


def test_a_new_scale_is_one_quantize_from_int8_to_int8():
    x = torch.randn(1, 1000)
    program = program_of(lambda x: fq(fq(x, 0.0307, 4), 0.0411, -9), x)
    file = File(program)
    assert file.operators == {"QUANTIZE:INT8": 2, "DEQUANTIZE:FLOAT32": 1}
    steps = off_by(program(x)[0].numpy(), file(x), scale=0.0411)
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.98


def test_the_same_scale_again_writes_nothing():
    x = torch.randn(1, 10)
    file = File(program_of(lambda x: fq(fq(x, 0.03, 4), 0.03, 4), x))
    assert file.operators == {"QUANTIZE:INT8": 1, "DEQUANTIZE:FLOAT32": 1}
