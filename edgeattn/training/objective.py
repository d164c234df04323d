"""What a batch is measured by: its loss, and how many answers were right."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from edgeattn.training.distill import distillation_loss
from edgeattn.training.loss import classification_loss
from edgeattn.training.recipe import TrainingRecipe

Inputs = tuple[Tensor, ...]
# model, inputs, truth (classes [batch] or shares [batch, classes]) -> loss, right answers
Objective = Callable[[nn.Module, Inputs, Tensor], tuple[Tensor, Tensor]]


def classification(
    recipe: TrainingRecipe,
    *,
    class_weights: Tensor | None = None,
    teacher: nn.Module | None = None,
) -> Objective:
    """Return the objective of labelled samples, with a teacher or without."""

    def objective(model: nn.Module, inputs: Inputs, truth: Tensor) -> tuple[Tensor, Tensor]:
        logits = model(*inputs)
        if teacher is None:
            loss = classification_loss(
                logits,
                truth,
                label_smoothing=recipe.label_smoothing,
                class_weights=class_weights,
            )
        else:
            with torch.no_grad():
                said = teacher(*inputs)  # of the same changed samples
            loss = distillation_loss(
                logits,
                said,
                truth,
                temperature=recipe.temperature,
                weight=recipe.teacher_weight,
                label_smoothing=recipe.label_smoothing,
                class_weights=class_weights,
            )
        classes = truth if truth.ndim == 1 else truth.argmax(1)
        return loss, (logits.argmax(1) == classes).sum()

    return objective
