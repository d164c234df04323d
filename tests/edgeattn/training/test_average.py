from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn.training.average import follow


def batch_norm(value: float) -> nn.BatchNorm1d:
    layer = nn.BatchNorm1d(1)
    for tensor in layer.state_dict().values():
        tensor.fill_(value)
    return layer


def test_the_average_moves_by_one_minus_keep() -> None:
    mine, theirs = batch_norm(0), batch_norm(1)
    follow(mine, theirs, step=10_000, keep=0.9)
    assert mine.weight.item() == mine.running_mean.item() == pytest.approx(0.1, abs=1e-7)


def test_early_steps_follow_faster() -> None:
    mine, theirs = batch_norm(0), batch_norm(1)
    follow(mine, theirs, step=10, keep=0.99)  # keeps 10 / 20
    assert mine.weight.item() == pytest.approx(0.5, abs=1e-7)


def test_whole_numbers_are_copied() -> None:
    mine, theirs = batch_norm(0), batch_norm(7)
    follow(mine, theirs, step=10_000, keep=0.9)
    assert mine.num_batches_tracked == 7


def test_the_model_itself_is_left_alone() -> None:
    mine, theirs = batch_norm(0), batch_norm(1)
    follow(mine, theirs, step=10, keep=0.9)
    assert torch.equal(theirs.weight, torch.ones(1))
