from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edgeattn_converters.passes.widen_signals import widen_signals
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
SIGNAL = normal(2, 4, 12)


def kinds(module, x: Tensor = SIGNAL) -> dict[str, int]:
    return dict(operators(rewrite_of(widen_signals, program_of(module, x), x, relative=ROUNDING)))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2), "conv2d"),
        (nn.Conv1d(4, 4, 5, groups=4, bias=False), "conv2d"),
        (nn.MaxPool1d(3, 2, 1), "max_pool2d"),
        (nn.AvgPool1d(2), "avg_pool2d"),
        (nn.AvgPool1d(3, 2, 1, count_include_pad=False), "avg_pool2d"),
        (nn.AdaptiveAvgPool1d(3), "adaptive_avg_pool2d"),
    ],
)
def test_widen_signals_keeps_the_numbers(layer: nn.Module, expected: str) -> None:
    assert kinds(layer) == {"reshape": 2, expected: 1}


def test_reshapes_remain_only_where_the_signal_enters_and_leaves() -> None:
    class Stack(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = nn.Conv1d(4, 8, 3), nn.Conv1d(8, 8, 1), nn.Conv1d(16, 4, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = self.a(x).relu()
            x = x + self.b(nn.functional.pad(x, (1, 1)))[..., 1:-1] * torch.ones(1, 8, 1)
            return self.c(torch.cat([x, x.sigmoid()], 1)).mean(-1)

    found = kinds(Stack())
    assert found["conv2d"] == 3
    assert "conv1d" not in found


def test_widen_signals_leaves_tokens_alone() -> None:
    assert kinds(lambda x: x.relu() + x.mean(-1, keepdim=True)) == {"relu": 1, "mean": 1, "add": 1}


def test_widen_signals_leaves_a_signal_without_batch_alone() -> None:
    assert kinds(nn.Conv1d(4, 6, 3), SIGNAL[0]) == {"conv1d": 1}


def test_widen_signals_leaves_computed_weights_alone() -> None:
    assert "conv1d" in kinds(lambda x: nn.functional.conv1d(x, x[:1, :, :3]))
