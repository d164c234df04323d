from __future__ import annotations

import torch

from edgeattn_converters.passes.merge_duplicates import merge_duplicates
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

X = normal(2, 4)


def kinds(function) -> dict[str, int]:
    return dict(operators(rewrite_of(merge_duplicates, program_of(function, X), X, relative=0)))


def test_merge_duplicates_keeps_the_numbers() -> None:
    assert kinds(lambda x: x.exp() + x.exp() * x.exp().relu()) == {
        "exp": 1, "relu": 1, "mul": 1, "add": 1,
    }  # fmt: skip


def test_twins_behind_twins_merge_too() -> None:
    assert kinds(lambda x: x.exp().relu() + x.exp().relu()) == {"exp": 1, "relu": 1, "add": 1}


def test_merge_duplicates_leaves_other_arguments_alone() -> None:
    assert kinds(lambda x: x.softmax(0) + x.softmax(1))["softmax"] == 2
    assert kinds(lambda x: torch.add(x, x, alpha=2) * torch.add(x, x))["add"] == 2


def test_merge_duplicates_leaves_numbers_of_another_type_alone() -> None:
    """x + 1 and x + 1.0 have different types when x counts."""
    assert kinds(lambda x: (x.long() + 1).float() + (x.long() + 1.0))["add"] == 3


def test_merge_duplicates_leaves_swapped_operands_alone() -> None:
    assert kinds(lambda x: (x - x.exp()) * (x.exp() - x))["sub"] == 2
