from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn_converters.passes.spell_pools import pair, spell_pools
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
IMAGE = normal(2, 3, 8, 6)


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        (nn.AdaptiveAvgPool2d(1), {"mean": 1}),
        (nn.AdaptiveAvgPool2d((4, 3)), {"avg_pool2d": 1}),
        (nn.AvgPool2d(3, padding=1, stride=2), {"constant_pad_nd": 1, "avg_pool2d": 1}),
        (
            nn.AvgPool2d(3, padding=(1, 0), stride=2, count_include_pad=False),
            {"constant_pad_nd": 1, "avg_pool2d": 1, "mul": 1},
        ),
        (nn.AvgPool2d(2, ceil_mode=True), {"avg_pool2d": 1}),
        (nn.MaxPool2d(2, ceil_mode=True), {"max_pool2d": 1}),
    ],
)
def test_spell_pools_keeps_the_numbers(pool: nn.Module, expected: dict[str, int]) -> None:
    result = rewrite_of(spell_pools, program_of(pool, IMAGE), IMAGE, relative=ROUNDING)
    assert operators(result) == expected
    assert "True" not in str([n.args for n in result.graph.nodes if "pool2d" in str(n.target)])


@pytest.mark.parametrize(
    "pool",
    [
        nn.AdaptiveAvgPool2d(5),
        nn.AvgPool2d(2),
        nn.AvgPool2d(3, ceil_mode=True, stride=4),
        nn.AvgPool2d(2, divisor_override=3, padding=1),
        nn.MaxPool2d(3, 2, 1),
        nn.MaxPool2d(3, stride=4, ceil_mode=True),
    ],
)
def test_spell_pools_leaves_other_pools_alone(pool: nn.Module) -> None:
    program = program_of(pool, IMAGE)
    assert str(spell_pools(program).graph) == str(program.graph)


def test_a_single_image_keeps_its_rank() -> None:
    image = IMAGE[0]
    result = rewrite_of(
        spell_pools, program_of(nn.AdaptiveAvgPool2d(1), image), image, relative=ROUNDING
    )
    assert operators(result) == {"mean": 1}


@pytest.mark.parametrize(
    ("value", "expected"), [(3, [3, 3]), ([2], [2, 2]), ([1, 2], [1, 2]), ([], [])]
)
def test_a_pair_is_rows_and_columns(value: list[int] | int, expected: list[int]) -> None:
    assert pair(value) == expected
    assert isinstance(torch.tensor(pair(value)), torch.Tensor)
