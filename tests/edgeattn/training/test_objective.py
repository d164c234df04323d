from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from edgeattn.training.distill import distillation_loss
from edgeattn.training.objective import classification
from edgeattn.training.recipe import TrainingRecipe

X = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
Y = torch.arange(6) % 3


def test_labels_alone_are_cross_entropy(recipe: TrainingRecipe) -> None:
    model = nn.Linear(4, 3)
    loss, hits = classification(recipe)(model, (X,), Y)
    assert torch.equal(loss, cross_entropy(model(X), Y, label_smoothing=recipe.label_smoothing))
    assert int(hits) == int((model(X).argmax(1) == Y).sum())


def test_a_teacher_answers_the_same_samples(recipe: TrainingRecipe) -> None:
    model, teacher = nn.Linear(4, 3), nn.Linear(4, 3)
    recipe = replace(recipe, temperature=2.0, teacher_weight=0.6)
    loss, _ = classification(recipe, teacher=teacher)(model, (X,), Y)
    expected = distillation_loss(
        model(X), teacher(X), Y, temperature=2.0, weight=0.6, label_smoothing=0.1
    )
    assert torch.equal(loss, expected)
    loss.backward()
    assert teacher.weight.grad is None


def test_mixed_samples_count_as_right_when_the_larger_share_is_named(
    recipe: TrainingRecipe,
) -> None:
    shares = 0.7 * one_hot(Y, 3) + 0.3 * one_hot((Y + 1) % 3, 3)
    _, hits = classification(recipe)(nn.Identity(), (one_hot(Y, 3).float(),), shares)
    assert int(hits) == 6
