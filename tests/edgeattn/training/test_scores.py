from __future__ import annotations

import pytest
import torch

from edgeattn.training.scores import scores


def test_scores_are_those_of_the_definitions() -> None:
    found = scores(torch.tensor([[5, 1, 0], [2, 2, 0], [0, 1, 1]]))
    precision = (5 / 7, 2 / 4, 1 / 1)
    recall = (5 / 6, 2 / 4, 1 / 2)
    f1 = [2 * p * r / (p + r) for p, r in zip(precision, recall, strict=True)]
    assert found.accuracy == pytest.approx(8 / 12)
    assert found.precision == pytest.approx(sum(precision) / 3)
    assert found.recall == pytest.approx(sum(recall) / 3)
    assert found.f1 == pytest.approx(sum(f1) / 3)


def test_a_class_that_is_never_named_has_no_precision() -> None:
    found = scores(torch.tensor([[9, 0], [1, 0]]))
    assert (found.accuracy, found.precision, found.recall) == (0.9, 0.45, 0.5)
    assert found.f1 == pytest.approx((18 / 19 + 0) / 2)


def test_a_class_that_never_occurs_does_not_count() -> None:
    assert scores(torch.tensor([[3, 1, 0], [1, 3, 0], [0, 0, 0]])) == scores(
        torch.tensor([[3, 1], [1, 3]])
    )
