from __future__ import annotations

from typing import Any

import pytest
import torch

from edgeattn.training.outcome import best_epoch, ended, figures


def lines(*f1: float) -> list[dict[str, Any]]:
    return [{"epoch": epoch, "validation_f1": value} for epoch, value in enumerate(f1, 1)]


def test_figures_are_named_after_their_split() -> None:
    found = figures(torch.tensor([[2, 0], [1, 1]]), "test")
    assert found == {
        "test_accuracy": 0.75,
        "test_precision": 0.83333,
        "test_recall": 0.75,
        "test_f1": 0.73333,
        "test_confusion": [[2, 0], [1, 1]],
    }


def test_the_first_of_equal_epochs_is_the_best() -> None:
    assert best_epoch(lines(0.1, 0.5, 0.5, 0.4)) == 2


@pytest.mark.parametrize(
    ("f1", "patience", "over"),
    [
        ((), 1, False),
        ((0.1, 0.2), 1, False),
        ((0.2, 0.2), 1, True),
        ((0.1, 0.3, 0.2), 2, False),
        ((0.1, 0.3, 0.2, 0.3), 2, True),
        ((0.3, 0.2, 0.1), None, False),
    ],
)
def test_a_training_ends_when_nothing_got_better(
    f1: tuple[float, ...], patience: int | None, over: bool
) -> None:
    assert ended(lines(*f1), patience) == over
