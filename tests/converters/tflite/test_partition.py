from __future__ import annotations

import torch
from torch import nn

from edgeattn_converters.tflite.lower import lower
from edgeattn_converters.tflite.partition import partition
from tests.converters.tflite.files import fq, program_of


def test_a_float_model_is_one_piece():
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.LayerNorm(8))
    cut = partition(lower(program_of(model, torch.randn(1, 4, 8))))
    assert cut.parts == 1
    assert cut.delegated["FULLY_CONNECTED:float32"] == 1
    assert not cut.left


def test_an_int8_softmax_is_left_and_cuts_the_model_in_two():
    def attend(x):
        scores = fq(fq(x, 0.03) * fq(x, 0.03), 0.1)
        return fq(fq(scores.softmax(-1), 1 / 256, -128) * 2.0, 1 / 128, -128)

    cut = partition(lower(program_of(attend, torch.randn(1, 4, 8))))
    assert cut.left == {"SOFTMAX:int8": 1}
    assert cut.parts == 2
    assert cut.delegated["MUL:int8"] == 2


def test_a_gelu_between_int8_values_is_left_to_nobody():
    cut = partition(
        lower(program_of(lambda x: fq(nn.GELU()(fq(x, 0.03)), 0.03), torch.randn(1, 8)))
    )
    assert (cut.parts, sum(cut.left.values())) == (1, 0)
