from __future__ import annotations

import pytest
import torch

from edgeattn.models.attention.rows import kept_tokens, largest, rows


@pytest.mark.parametrize(
    ("tokens", "keep", "kept"), [(10, 0.7, 7), (100, 0.07, 7), (9, 0.5, 5), (5, 1, 5), (8, 0.01, 1)]
)
def test_a_keep_rate_is_rounded_up(tokens: int, keep: float, kept: int) -> None:
    assert kept_tokens(tokens, keep) == kept


@pytest.mark.parametrize("batch", [1, 3])
def test_rows_are_those_of_their_own_image(batch: int) -> None:
    x = torch.randn(batch, 5, 4)
    places = torch.stack([torch.randperm(5)[:3] for _ in range(batch)])
    expected = torch.stack([image[place] for image, place in zip(x, places, strict=True)])
    assert torch.equal(rows(x, places), expected)


def test_the_largest_come_in_the_order_of_their_places() -> None:
    scores = torch.tensor([[0.1, 0.9, 0.3, 0.8], [4.0, 3.0, 2.0, 1.0]])
    assert largest(scores, 2).tolist() == [[1, 3], [0, 1]]


def test_what_is_taken_learns() -> None:
    x = torch.randn(2, 4, 3, requires_grad=True)
    rows(x, torch.tensor([[1], [2]])).sum().backward()
    assert x.grad is not None
    assert x.grad.sum(-1).tolist() == [[0, 3, 0, 0], [0, 0, 3, 0]]
