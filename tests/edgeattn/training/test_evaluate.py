from __future__ import annotations

import torch
from torch import nn

from edgeattn.training.evaluate import BATCH, accuracy


def test_accuracy_counts_over_more_than_one_batch() -> None:
    y = torch.arange(BATCH + 7) % 2
    x = nn.functional.one_hot(y, 2).float()
    x[:5] = x[:5].flip(1)  # five wrong answers
    assert accuracy(nn.Identity(), x, y) == (BATCH + 2) / (BATCH + 7)


def test_the_model_is_measured_in_eval_mode() -> None:
    model = nn.Sequential(nn.Dropout(0.9))
    y = torch.arange(50) % 3
    assert accuracy(model.train(), nn.functional.one_hot(y, 3).float(), y) == 1.0
    assert not model.training
