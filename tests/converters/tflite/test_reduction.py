from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.converters.tflite.files import File, both, fq, off_by, program_of

REDUCTIONS = {
    "mean": lambda x: x.mean(1),
    "mean_of_image": lambda x: x.mean((1, 2), keepdim=True),
    "mean_of_all": lambda x: x.mean(),
    "sum": lambda x: x.sum(-1, keepdim=True),
    "sum_of_all": lambda x: x.sum(),
    "amax": lambda x: x.amax(-2),
}


@pytest.mark.parametrize("kind", REDUCTIONS)
def test_a_reduction_keeps_the_numbers(kind):
    x = torch.randn(1, 4, 6, 8)
    expected, file = both(REDUCTIONS[kind], x)
    np.testing.assert_allclose(file(x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("axes", [(1, 2), (1,), (2,), (3,)], ids=str)
def test_an_int8_mean_gives_the_steps_of_the_simulation(axes):
    x = torch.randn(1, 8, 8, 32)
    program = program_of(lambda x: fq(fq(x, 0.03, 2).mean(axes), 0.01, -3), x)
    file = File(program)
    assert file.operators["MEAN:INT8"] == 1
    assert off_by(program(x)[0].numpy(), file(x), scale=0.01).max() <= 1


def test_the_largest_of_int8_values_is_one_of_them():
    x = torch.randn(1, 4, 16)
    program = program_of(lambda x: fq(fq(x, 0.03, 2).amax(1), 0.03, 2), x)
    file = File(program)
    assert file.operators["REDUCE_MAX:INT8"] == 1
    np.testing.assert_array_equal(file(x), program(x)[0].numpy())
