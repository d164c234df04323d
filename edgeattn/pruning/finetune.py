"""Let a pruned model learn again what it lost: the usual epochs, gently, beside its old self."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn

from edgeattn.training.determinism import deterministic
from edgeattn.training.epoch import run_epoch
from edgeattn.training.objective import classification
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import Samples
from edgeattn.training.state import new_state

GENTLER = 0.5  # of the recipe's learning rate: the weights are near good ones already
WARM_UP_EPOCHS = 0.25


def finetune(
    module: nn.Module,
    samples: Samples,
    recipe: TrainingRecipe,
    *,
    epochs: int,
    classes: int,
    seed: int,
    teacher: nn.Module | None,
    progress: Callable[[float], None] = lambda share: None,
) -> nn.Module:
    """Return a trained copy, in eval mode: the averaged weights of the last step.

    Args:
        module: Not changed.
        samples: To learn from.
        recipe: How the model is trained otherwise.
        epochs: How often every sample is seen.
        classes: How many there are.
        seed: Of order and augmentation.
        teacher: The model before pruning, in eval mode; None to learn from labels alone.
        progress: Told the share done.
    """
    gentle = replace(
        recipe,
        epochs=epochs,
        learning_rate=recipe.learning_rate * GENTLER,
        warm_up_epochs=WARM_UP_EPOCHS,
        patience=None,
    )
    objective = classification(gentle, teacher=teacher)
    with deterministic(gentle.threads), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        student = copy.deepcopy(module).requires_grad_(True)
        state = new_state(student, gentle)
        for _ in range(epochs):
            run_epoch(
                state,
                samples,
                gentle,
                seed=seed,
                classes=classes,
                objective=objective,
                after_step=progress,
            )
            state.epoch += 1
    return state.average.eval()
