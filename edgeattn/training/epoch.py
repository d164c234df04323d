"""One pass over all samples."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from edgeattn.training.augment import augment
from edgeattn.training.average import follow
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.schedule import learning_rate
from edgeattn.training.state import TrainingState
from edgeattn_runtime.errors import BadData

EPOCHS_PER_SEED = 1_000_000  # so that no two (seed, epoch) share their random numbers


def run_epoch(
    state: TrainingState,
    samples: tuple[Tensor, Tensor],
    recipe: TrainingRecipe,
    *,
    seed: int,
    after_step: Callable[[float], None] = lambda share: None,
) -> tuple[float, float]:
    """Take one step per whole batch; a last smaller one is left for another epoch's order.

    Args:
        state: Changed in place, except for its epoch.
        samples: x [N, ...] and y [N].
        recipe: How to train.
        seed: Of the training; together with the epoch it decides order and augmentation.
        after_step: Told the share of the whole training that is done.

    Returns:
        Mean loss, and the share of (augmented) samples that were right.
    """
    x, y = samples
    generator = Generator().manual_seed(seed * EPOCHS_PER_SEED + state.epoch)
    order = torch.randperm(len(x), generator=generator)
    whole = len(order) // recipe.batch
    batches = order[: whole * recipe.batch].view(whole, -1) if whole else order.view(1, -1)
    steps = len(batches) * recipe.epochs
    warm_up = round(len(batches) * recipe.warm_up_epochs)
    total, right = 0.0, 0
    state.model.train()
    for index, batch in enumerate(batches):
        step = state.epoch * len(batches) + index
        rate = learning_rate(step, steps=steps, warm_up=warm_up, peak=recipe.learning_rate)
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        inputs = x[batch]
        if recipe.augmentation is not None:
            inputs = augment(inputs, recipe.augmentation, generator)
        loss, hits = _step(state, inputs, y[batch], recipe)
        if not math.isfinite(loss):
            raise BadData(_not_finite(loss, state.epoch, index, len(batches), batch, rate))
        follow(state.average, state.model, step=step + 1, keep=recipe.average)
        total, right = total + loss, right + hits
        after_step((step + 1) / steps)
    return total / len(batches), right / batches.numel()


def _step(
    state: TrainingState, inputs: Tensor, truth: Tensor, recipe: TrainingRecipe
) -> tuple[float, int]:
    """Fit the weights to one batch, unless its loss is not finite; return loss and hits."""
    logits = state.model(inputs)
    loss = cross_entropy(logits, truth, label_smoothing=recipe.label_smoothing)
    value = float(loss.detach())
    if math.isfinite(value):
        state.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(state.model.parameters(), recipe.largest_gradient)
        state.optimizer.step()
    return value, int((logits.argmax(1) == truth).sum())


def _not_finite(
    loss: float, epoch: int, index: int, batches: int, batch: Tensor, rate: float
) -> str:
    shown = ", ".join(str(sample) for sample in batch[:8].tolist())
    return (
        f"the loss is {loss} in epoch {epoch + 1}, batch {index + 1} of {batches} (samples {shown}"
        f"{', ...' if len(batch) > 8 else ''}) at learning rate {rate:.2g}; look at these samples "
        "or lower the rate; the last whole epoch is kept"
    )
