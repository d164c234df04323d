"""One pass over all samples."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from edgeattn.training.average import follow
from edgeattn.training.failure import LossNotFinite
from edgeattn.training.lengths import alike, any_length, cut_padding
from edgeattn.training.mix import mix
from edgeattn.training.objective import Inputs, Objective, classification
from edgeattn.training.processes import ALONE, Processes
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import Samples
from edgeattn.training.schedule import learning_rate
from edgeattn.training.state import TrainingState
from edgeattn.training.vary import Normalisation, vary

EPOCHS_PER_SEED = 1_000_000  # so that no two (seed, epoch) share their random numbers


def run_epoch(
    state: TrainingState,
    samples: Samples,
    recipe: TrainingRecipe,
    *,
    seed: int,
    classes: int,
    objective: Objective | None = None,
    normalisation: Normalisation | None = None,
    processes: Processes = ALONE,
    after_step: Callable[[float], None] = lambda share: None,
) -> tuple[float, float]:
    """Take one step per whole batch; a last smaller one is left for another epoch's order.

    Args:
        state: Changed in place, except for its epoch.
        samples: All of them, in every process.
        recipe: How to train.
        seed: Of the training; together with the epoch it decides order and augmentation.
        classes: How many there are.
        objective: Instead of the recipe's cross-entropy.
        normalisation: Of motion, see `vary`.
        processes: Who takes which part of a batch.
        after_step: Told the share of the whole training that is done.

    Returns:
        Mean loss, and the share of (augmented) samples that were right.
    """
    objective = objective or classification(recipe)
    generator = Generator().manual_seed(seed * EPOCHS_PER_SEED + state.epoch)
    order = torch.randperm(len(samples), generator=generator)
    whole = len(order) // recipe.batch
    batches = order[: whole * recipe.batch].view(whole, -1) if whole else order.view(1, -1)
    if shorter := any_length(state.model, samples):
        batches = alike(batches, samples, generator)
    steps = len(batches) * recipe.epochs
    warm_up = round(len(batches) * recipe.warm_up_epochs)
    total, right = 0.0, 0
    state.model.train()
    with torch.random.fork_rng(devices=[]):
        # Dropout and masks draw from the global generator: each epoch and process its own numbers.
        torch.manual_seed((seed * EPOCHS_PER_SEED + state.epoch) * processes.size + processes.rank)
        for index, rows in enumerate(batches):
            step = state.epoch * len(batches) + index
            rate = learning_rate(step, steps=steps, warm_up=warm_up, peak=recipe.learning_rate)
            for group in state.optimizer.param_groups:
                group["lr"] = rate
            # Every process draws for the whole batch and then takes its part: the same changes.
            inputs, truth = _changed(samples.rows(rows), recipe, generator, classes, normalisation)
            inputs = cut_padding(inputs) if shorter else inputs
            part = processes.part(len(rows))
            loss, hits, fault = _step(
                state,
                tuple(one[part] for one in inputs),
                truth[part],
                objective,
                recipe,
                processes,
                weight=(part.stop - part.start) / len(rows),
            )
            if fault:
                where = f"epoch {state.epoch + 1}, batch {index + 1} of {len(batches)}"
                raise LossNotFinite(fault, where, rate, rows=rows, inputs=inputs, truth=truth)
            follow(state.average, state.model, step=step + 1, keep=recipe.average)
            total, right = total + loss, right + hits
            after_step((step + 1) / steps)
    return total / len(batches), right / batches.numel()


def _changed(
    batch: Samples,
    recipe: TrainingRecipe,
    generator: Generator,
    classes: int,
    normalisation: Normalisation | None,
) -> tuple[Inputs, Tensor]:
    """Return the batch augmented and mixed, as the recipe wants it."""
    inputs, truth = batch.x, batch.y
    if recipe.augmentation is not None:
        inputs = vary(inputs, recipe.augmentation, generator, normalisation)
    if recipe.mixup or recipe.cutmix:
        first, truth = mix(
            inputs[0],
            truth,
            classes=classes,
            mixup=recipe.mixup,
            cutmix=recipe.cutmix,
            generator=generator,
        )
        inputs = (first, *inputs[1:])
    return inputs, truth


def _step(
    state: TrainingState,
    inputs: Inputs,
    truth: Tensor,
    objective: Objective,
    recipe: TrainingRecipe,
    processes: Processes,
    weight: float,
) -> tuple[float, int, str]:
    """Fit the weights to one batch; return loss, hits, and what was not finite ("" for nothing).

    `weight` is this process's share of the batch. All processes learn of a fault before any of them
    waits for another's gradient.
    """
    loss, hits = objective(state.model, inputs, truth)
    if processes.size > 1:
        loss = loss * weight
    together = processes.sum(torch.stack([loss.detach().double(), hits.double()]))
    value, found = float(together[0]), int(together[1])
    if not math.isfinite(value):
        return value, found, f"the loss is {value}"
    state.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    processes.sum_gradients(state.model)
    norm = float(torch.nn.utils.clip_grad_norm_(state.model.parameters(), recipe.largest_gradient))
    if not math.isfinite(norm):  # cut to its largest norm, it would make every weight NaN
        return value, found, f"the gradient's norm is {norm}"
    state.optimizer.step()
    processes.average_statistics(state.model)
    return value, found, ""
