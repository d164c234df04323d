from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edgeattn_converters.passes.fold_batch_norm import fold_batch_norm
from tests.converters.programs import conv, normal, seeded
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: folded in float64, stored in float32
IMAGE = normal(2, 3, 8, 8)


def kinds(make, x: Tensor) -> dict[str, int]:
    module, inputs = seeded(make, x)
    program = program_of(module, *inputs)
    result = rewrite_of(fold_batch_norm, program, *inputs, relative=ROUNDING)
    return dict(operators(result))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("groups", [1, 3])
def test_fold_batch_norm_keeps_the_numbers(bias: bool, groups: int) -> None:
    def make() -> nn.Module:
        return nn.Sequential(nn.Conv2d(3, 6, 3, bias=bias, groups=groups), nn.BatchNorm2d(6))

    assert kinds(make, IMAGE) == {"conv2d": 1}


def test_a_norm_without_affine_folds_too() -> None:
    assert kinds(
        lambda: nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6, affine=False)), IMAGE
    ) == {"conv2d": 1}


def test_a_norm_behind_a_linear_folds_through_the_views_between() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear, self.norm = nn.Linear(8, 6), nn.BatchNorm1d(6)

        def forward(self, x: Tensor) -> Tensor:
            y = self.linear(x)
            return self.norm(y.flatten(0, 1)).reshape(y.shape)

    found = kinds(Tokens, normal(2, 5, 8))
    assert "mul" not in found
    assert found["linear"] == 1


def test_a_norm_before_a_linear_folds_into_its_columns() -> None:
    def make() -> nn.Module:
        return nn.Sequential(nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 3))

    assert kinds(make, normal(4, 8)) == {"relu": 1, "linear": 1}


def test_fold_batch_norm_leaves_a_convolution_alone_that_is_read_twice() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6)

        def forward(self, x: Tensor) -> Tensor:
            y = self.conv(x)
            return y + self.norm(y)

    assert kinds(Twice, IMAGE) == {"conv2d": 1, "mul": 1, "add": 2}


def test_a_convolution_that_is_shared_gets_weights_for_each_norm() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3)
            self.first, self.second = nn.BatchNorm2d(6), nn.BatchNorm2d(6)

        def forward(self, x: Tensor) -> Tensor:
            return self.first(self.conv(x)) + self.second(self.conv(x + 1))

    assert kinds(Shared, IMAGE) == {"conv2d": 2, "add": 2}


def test_a_norm_that_nobody_can_take_becomes_one_product_and_one_sum() -> None:
    assert kinds(lambda: nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3)), IMAGE) == {
        "relu": 1, "mul": 1, "add": 1,
    }  # fmt: skip


def test_fold_batch_norm_leaves_norms_with_the_batchs_own_statistics_alone() -> None:
    norm = nn.BatchNorm2d(3, track_running_stats=False).eval()
    program = program_of(norm, IMAGE)
    assert str(fold_batch_norm(program).graph) == str(program.graph)


def test_fold_batch_norm_leaves_its_input_untouched() -> None:
    module, inputs = seeded(lambda: conv(3, 6), IMAGE)
    program = program_of(module, *inputs)
    before = program(*inputs)[0].clone()
    fold_batch_norm(program)
    assert torch.equal(program(*inputs)[0], before)
