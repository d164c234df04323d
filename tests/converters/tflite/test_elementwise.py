from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import CannotConvert
from tests.converters.tflite.files import Constant, File, both, fq, off_by, program_of

TWO = {
    "add": lambda a, b: a + b,
    "add_scaled": lambda a, b: torch.add(a, b, alpha=0.5),
    "add_relu": lambda a, b: (a + b).relu(),
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b.abs() + 1),
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "where": lambda a, b: torch.where(a > b, a, b * 2),
    "masked_fill": lambda a, b: a.masked_fill((b > 0) | (a == 0), -30.0),
    "comparisons": lambda a, b: ((a <= b) & ~(a < 0.5) & (b >= -1) & (a != b)).to(torch.float32),
}
ONE = {
    "add_number": lambda x: x + 1.5,
    "rsub": lambda x: 1 - x,
    "mul_number": lambda x: x * -0.25,
    "div_number": lambda x: x / 3,
    "neg": lambda x: -x,
    "abs": torch.abs,
    "exp": torch.exp,
    "sqrt": lambda x: torch.sqrt(x.abs()),
    "rsqrt": lambda x: torch.rsqrt(x.abs() + 0.1),
    "log": lambda x: torch.log(x.abs() + 0.1),
    "square": lambda x: x**2,
    "cube": lambda x: x**3,
    "root": lambda x: (x * x) ** 0.5,
    "reciprocal": lambda x: torch.reciprocal(x.abs() + 1),
    "clamp": lambda x: x.clamp(-0.5, 0.7),
    "clamp_min": lambda x: x.clamp(min=0.1),
    "sin": torch.sin,
    "cos": torch.cos,
    "to_int": lambda x: (x * 10).to(torch.int32),
}


@pytest.mark.parametrize("kind", TWO)
@pytest.mark.parametrize("shape", [(1, 4, 6), (6,), (4, 1)], ids=str)
def test_an_operator_of_two_keeps_the_numbers_and_broadcasts(kind, shape):
    a, b = torch.randn(1, 4, 6), torch.randn(shape)
    expected, file = both(TWO[kind], a, b)
    np.testing.assert_allclose(file(a, b), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ONE)
def test_an_operator_of_one_keeps_the_numbers(kind):
    x = torch.randn(1, 4, 6)
    expected, file = both(ONE[kind], x)
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-6)


def test_a_relu_disappears_into_its_sum():
    _, file = both(TWO["add_relu"], torch.randn(2, 3), torch.randn(2, 3))
    assert set(file.operators) == {"ADD:FLOAT32"}


INT8 = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "add_relu": lambda a, b: (a + b).relu(),
    "add_number": lambda a, b: a + 0.7,
    "mul_number": lambda a, b: a * -0.37,
    "div_number": lambda a, b: b / 3.3,
}


@pytest.mark.parametrize("kind", INT8)
def test_int8_arithmetic_gives_the_steps_of_the_simulation(kind):
    a, b = torch.randn(1, 16, 16), torch.randn(1, 16, 16)
    zero_point = -128 if kind.endswith("relu") else 5

    def compute(a, b):  # scales without a common divisor: no result falls half-way between steps
        return fq(INT8[kind](fq(a, 0.0307, 2), fq(b, 0.0193, -8)), 0.0411, zero_point)

    program = program_of(compute, a, b)
    file = File(program)
    steps = off_by(program(a, b)[0].numpy(), file(a, b), scale=0.0411)
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.98
    real = {key for key in file.operators if key.endswith("FLOAT32")}
    assert real == {"DEQUANTIZE:FLOAT32"}


def test_a_float_constant_beside_int8_keeps_the_operator_float():
    x = torch.randn(1, 4, 8)
    table = Constant(lambda x, c: fq(fq(x, 0.03) + c, 0.04), torch.randn(4, 8))
    program = program_of(table, x)
    file = File(program)
    assert file.operators["ADD:FLOAT32"] == 1
    assert off_by(program(x)[0].numpy(), file(x), scale=0.04).max() == 0


def test_a_quantised_constant_is_stored_as_int8():
    x = torch.randn(1, 4, 8)
    table = Constant(lambda x, c: fq(fq(x, 0.03) + fq(c, 0.03, 7), 0.04), torch.randn(4, 8))
    program = program_of(table, x)
    file = File(program)
    assert file.operators["ADD:INT8"] == 1
    assert file.operators["QUANTIZE:INT8"] == 1  # the input's; the constant needs none
    assert off_by(program(x)[0].numpy(), file(x), scale=0.04).max() <= 1


def test_integer_arithmetic_stays_integer():
    ids = torch.tensor([[3, 5, 0, -7]])
    expected, file = both(lambda ids: (ids + 2) * 3, ids)
    np.testing.assert_array_equal(file(ids), expected)
    assert file(ids).dtype == np.int64


def test_bits_of_integers_are_refused():
    with pytest.raises(CannotConvert, match="works on the bits of integers; compare first"):
        lower(program_of(lambda x: x & x, torch.ones(2, 2, dtype=torch.int32)))
