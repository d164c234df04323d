from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn_converters.passes.spell_padding import spell_padding
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
IMAGE, SIGNAL = normal(1, 3, 9, 8), normal(1, 3, 9)

# PyTorch says that it may copy the image; this one is tiny.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")


@pytest.mark.parametrize(
    ("layer", "x", "pads"),
    [
        (nn.Conv2d(3, 4, 3, padding="same"), IMAGE, 0),
        (nn.Conv2d(3, 4, (4, 3), padding="same"), IMAGE, 1),
        (nn.Conv2d(3, 4, 2, padding="same", dilation=(2, 3)), IMAGE, 1),
        (nn.Conv2d(3, 6, 3, padding="valid", stride=2, groups=3), IMAGE, 0),
        (nn.Conv1d(3, 4, 5, padding="same", dilation=2, bias=False), SIGNAL, 0),
        (nn.Conv1d(3, 4, 4, padding="same"), SIGNAL, 1),
    ],
)
def test_spell_padding_keeps_the_numbers(layer: nn.Module, x: torch.Tensor, pads: int) -> None:
    result = rewrite_of(spell_padding, program_of(layer, x), x, relative=ROUNDING)
    assert operators(result)["constant_pad_nd"] == pads
    assert "same" not in str(result.graph)
    assert "valid" not in str(result.graph)


def test_a_constant_frame_gets_one_name() -> None:
    program = program_of(lambda x: nn.functional.pad(x, (1, 2), value=3.0), SIGNAL)
    assert operators(rewrite_of(spell_padding, program, SIGNAL, relative=0)) == {
        "constant_pad_nd": 1
    }


def test_spell_padding_leaves_reflections_alone() -> None:
    program = program_of(nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), IMAGE)
    result = rewrite_of(spell_padding, program, IMAGE, relative=0)
    assert operators(result) == {"pad": 1, "conv2d": 1}
