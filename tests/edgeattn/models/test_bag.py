from __future__ import annotations

import torch
from torch import nn

from edgeattn.models.bag import Bag


def made() -> Bag:
    torch.manual_seed(0)
    model = Bag(classes=3, pieces=30, width=8, features=6).eval()
    nn.init.normal_(model.embedding.weight)
    return model


def test_every_weight_learns() -> None:
    model = made()
    model(torch.tensor([[2, 5, 6]]), torch.ones(1, 3)).square().sum().backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []


def test_neither_order_nor_padding_changes_anything() -> None:
    model = made()
    ids, mask = torch.tensor([[2, 5, 6, 7, 9, 9]]), torch.tensor([[1.0, 1, 1, 1, 0, 0]])
    alone = model(ids[:, :4], mask[:, :4])
    # sums in another order: last bits of logits around 1
    torch.testing.assert_close(model(ids, mask), alone, rtol=0, atol=1e-6)
    torch.testing.assert_close(model(ids[:, :4].flip(1), mask[:, :4]), alone, rtol=0, atol=1e-6)


def test_a_row_of_nothing_but_padding_has_finite_logits() -> None:
    assert made()(torch.zeros(1, 4).int(), torch.zeros(1, 4)).isfinite().all()
