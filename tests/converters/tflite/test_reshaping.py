from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import CannotConvert
from tests.converters.tflite.files import (
    File,
    both,
    dequantized,
    fq,
    off_by,
    program_of,
    quantized,
)

MOVES = {
    "reshape": lambda x: x.reshape(2, 12),
    "view": lambda x: x.view(1, 2, 2, 6),
    "flatten": lambda x: x.flatten(1),
    "permute": lambda x: x.permute(2, 0, 1),
    "transpose": lambda x: x.transpose(1, 2),
    "unsqueeze": lambda x: x.unsqueeze(1),
    "squeeze": lambda x: x.squeeze(0),
    "squeeze_all": lambda x: x.squeeze(),
    "select": lambda x: x.select(1, -1),
    "select_only": lambda x: x[0],
    "slice": lambda x: x[:, 1:3],
    "slice_from_the_end": lambda x: x[:, :, -4:-1],
    "slice_with_steps": lambda x: x[:, ::2, 1::3],
    "chunk": lambda x: x.chunk(2, -1)[1],
    "split": lambda x: x.split(3, 1)[1],
    "split_by_sizes": lambda x: x.split([1, 3], 1)[1],
    "unbind": lambda x: x.unbind(1)[2],
    "expand": lambda x: x.unsqueeze(1).expand(1, 3, 4, 6),
    "pad": lambda x: torch.nn.functional.pad(x, (1, 2, 0, 1)),
    "contiguous": lambda x: x.transpose(1, 2).contiguous().clone(),
    "cat": lambda x: torch.cat([x, x[:, :1]], 1),
}


@pytest.mark.parametrize("kind", MOVES)
def test_a_move_keeps_the_numbers(kind):
    x = torch.randn(1, 4, 6)
    expected, file = both(MOVES[kind], x)
    np.testing.assert_array_equal(file(x), expected)


@pytest.mark.parametrize("kind", MOVES)
def test_a_move_between_dequantize_and_quantize_moves_integers(kind):
    x = torch.randn(1, 4, 6)
    program = program_of(lambda x: fq(MOVES[kind](fq(x, 0.03, 7)), 0.03, 7), x)
    file = File(program)
    np.testing.assert_array_equal(file(x), program(x)[0].numpy())
    assert {key for key in file.operators if key.endswith("FLOAT32")} == {"DEQUANTIZE:FLOAT32"}
    assert file.operators["QUANTIZE:INT8"] == 1


@pytest.mark.parametrize("kind", sorted(set(MOVES) - {"pad"}))
def test_a_move_of_integers_themselves_keeps_their_scale(kind):
    x = torch.randn(1, 4, 6)
    program = program_of(lambda x: dequantized(MOVES[kind](quantized(x, 0.03, 7)), 0.03, 7), x)
    file = File(program)
    np.testing.assert_array_equal(file(x), program(x)[0].numpy())


def test_moves_before_a_quantize_do_not_keep_the_operator_float():
    x = torch.randn(1, 4, 6)

    def compute(x):
        left, right = (fq(x, 0.0307) * 0.5).transpose(1, 2).chunk(2, 1)
        return fq(left, 0.0193, 1) * fq(right, 0.0193, 1)

    program = program_of(compute, x)
    file = File(program)
    assert file.operators["MUL:INT8"] == 1
    assert file.operators["TRANSPOSE:INT8"] == 1
    np.testing.assert_allclose(file(x), program(x)[0].numpy(), atol=0.02)


def test_parts_of_different_scales_are_brought_to_that_of_the_whole():
    a, b = torch.randn(1, 4, 6), torch.randn(1, 4, 6)

    def join(a, b):
        return fq(torch.cat([fq(a, 0.02, 3), fq(b, 0.04, -5)], -1), 0.04, -5)

    program = program_of(join, a, b)
    file = File(program)
    assert file.operators["QUANTIZE:INT8"] == 3  # two inputs, one of them twice
    assert off_by(program(a, b)[0].numpy(), file(a, b), scale=0.04).max() <= 1


def test_a_border_of_another_number_keeps_the_numbers():
    x = torch.randn(1, 4, 6)
    expected, file = both(lambda x: torch.nn.functional.pad(x, (1, 1), value=-2.5), x)
    np.testing.assert_array_equal(file(x), expected)


def test_a_stack_keeps_the_numbers():
    x = torch.randn(1, 4, 6)
    expected, file = both(lambda x: torch.stack([x, x * 2], 2), x)
    np.testing.assert_allclose(file(x), expected, rtol=1e-6)


def test_a_reflected_border_is_refused():
    with pytest.raises(CannotConvert, match="pads by reflect; pad with a constant"):
        lower(
            program_of(
                lambda x: torch.nn.functional.pad(x, (1, 1), "reflect"), torch.randn(1, 2, 4)
            )
        )


def test_a_negative_border_is_refused():
    with pytest.raises(CannotConvert, match="negative amount; slice instead"):
        lower(program_of(lambda x: torch.nn.functional.pad(x, (-1, 0)), torch.randn(1, 4)))
