from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.converters.tflite.files import File, both, fq, off_by, program_of

max_pool = torch.ops.edgeattn.max_pool2d_nhwc
avg_pool = torch.ops.edgeattn.avg_pool2d_nhwc

POOLS = {
    "max_2": lambda x: max_pool(x, [2, 2], [2, 2], [0, 0]),
    "max_3_same": lambda x: max_pool(x, [3, 3], [1, 1], [1, 1]),
    "max_3_by_2": lambda x: max_pool(x, [3, 3], [2, 2], [1, 1]),
    "avg_2": lambda x: avg_pool(x, [2, 2], [2, 2]),
    "avg_4_by_2": lambda x: avg_pool(x, [4, 2], [2, 2]),
}


@pytest.mark.parametrize("kind", POOLS)
def test_a_pool_keeps_the_numbers(kind):
    x = torch.randn(1, 8, 8, 5) - 3  # negative: a border of zeros would win a maximum
    expected, file = both(POOLS[kind], x)
    np.testing.assert_allclose(file(x), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", POOLS)
def test_an_int8_pool_gives_the_steps_of_the_simulation(kind):
    x = torch.randn(1, 8, 8, 5) - 2
    program = program_of(lambda x: fq(POOLS[kind](fq(x, 0.03, 60)), 0.03, 60), x)
    file = File(program)
    assert {key for key in file.operators if key.endswith("FLOAT32")} == {"DEQUANTIZE:FLOAT32"}
    # A maximum is one of its numbers; an average rounds halves away from zero here.
    allowed = 0 if kind.startswith("max") else 1
    assert off_by(program(x)[0].numpy(), file(x), scale=0.03).max() <= allowed


def test_an_average_that_changes_the_scale_stays_float():
    x = torch.randn(1, 8, 8, 5)
    program = program_of(lambda x: fq(POOLS["avg_2"](fq(x, 0.03, 2)), 0.02, 0), x)
    file = File(program)
    assert file.operators["AVERAGE_POOL_2D:FLOAT32"] == 1
    assert off_by(program(x)[0].numpy(), file(x), scale=0.02).max() <= 1
