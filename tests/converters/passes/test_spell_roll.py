from __future__ import annotations

import pytest
import torch
from torch import Tensor

from edgeattn_converters.passes.spell_roll import spell_roll
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

X = normal(2, 5, 4, 3)


def spelled(roll, *inputs: Tensor) -> dict[str, int]:
    """Return the operators that are left; the numbers must be the same ones."""
    program = program_of(roll, *(inputs or (X,)))
    return operators(rewrite_of(spell_roll, program, *(inputs or (X,)), relative=0))


def test_spell_roll_keeps_the_numbers() -> None:
    assert spelled(lambda x: torch.roll(x, 2, 1)) == {"slice": 2, "cat": 1}


def test_a_negative_shift_goes_the_other_way() -> None:
    assert spelled(lambda x: torch.roll(x, -2, -2)) == {"slice": 2, "cat": 1}


def test_several_axes_are_rolled_one_after_the_other() -> None:
    assert spelled(lambda x: torch.roll(x, (-3, 1), (1, 2))) == {"slice": 4, "cat": 2}


def test_without_axes_the_numbers_move_on_to_the_next_row() -> None:
    assert spelled(lambda x: torch.roll(x, 7)) == {"reshape": 2, "slice": 2, "cat": 1}


@pytest.mark.parametrize("shift", [0, 5, -10])
def test_whole_turns_cost_nothing(shift: int) -> None:
    assert spelled(lambda x: torch.roll(x, shift, 1).exp()) == {"exp": 1}


def test_a_shift_may_be_longer_than_the_axis() -> None:
    assert spelled(lambda x: torch.roll(x, 13, 1)) == {"slice": 2, "cat": 1}


def test_spell_roll_leaves_other_operators_alone() -> None:
    assert spelled(lambda x: torch.flip(x, (1,))) == {"flip": 1}
