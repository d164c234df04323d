from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn

from edgeattn.models.hybrid import AttentionBlock
from edgeattn.training.dropout import add_dropout


def model() -> nn.Sequential:
    torch.manual_seed(0)
    block = AttentionBlock(8, heads=2, mlp_ratio=1, norm="layer", activation=nn.ReLU)
    return nn.Sequential(block, nn.Linear(8, 3))


X = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(1))


def test_answers_without_training_and_weights_are_as_before() -> None:
    plain, dropped = model().eval(), model().eval()
    assert add_dropout(dropped, 0.5) == 3
    assert torch.equal(plain(X), dropped(X))
    assert list(plain.state_dict()) == list(dropped.state_dict())


def test_in_training_numbers_are_left_out_and_the_mean_stays() -> None:
    dropped = model().train()
    add_dropout(dropped, 0.5)
    assert not torch.equal(dropped(X), dropped(X))
    layer = nn.Sequential(nn.Linear(4, 4))
    add_dropout(layer, 0.25)
    nn.init.eye_(layer[0].weight)
    nn.init.zeros_(layer[0].bias)
    made = layer(torch.ones(20_000, 4))
    assert set(made.unique().tolist()) == {0.0, float(np.float32(1) / np.float32(0.75))}
    assert abs(float(made.detach().mean()) - 1) < 0.02  # 80,000 draws: five deviations are 0.01


def test_a_copy_drops_by_itself() -> None:
    """The averaged model is a deep copy: its hooks must look at its own mode."""
    dropped = model()
    add_dropout(dropped, 0.5)
    average = copy.deepcopy(dropped).eval()
    dropped.train()
    assert torch.equal(average(X), model().eval()(X))


def test_a_model_without_a_place_is_told_by_zero() -> None:
    assert add_dropout(nn.Sequential(nn.ReLU()), 0.5) == 0
