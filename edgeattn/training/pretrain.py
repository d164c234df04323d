"""Masked pre-training: the same samples without their labels, before the first labelled step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from edgeattn.training.epoch import run_epoch
from edgeattn.training.masked import Masked
from edgeattn.training.metrics import write_metrics
from edgeattn.training.processes import ALONE, Processes
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import Samples
from edgeattn.training.state import new_state, restore_state, save_state
from edgeattn.training.vary import Normalisation

FILE = "pretraining.pt"
METRICS = "pretraining.jsonl"


def pretrain(
    model: nn.Module,
    samples: Samples,
    recipe: TrainingRecipe,
    *,
    seed: int,
    settings: dict[str, Any],
    out: Path,
    resume: bool,
    normalisation: Normalisation | None = None,
    processes: Processes = ALONE,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Fit `model` in place to guess what was hidden; its classifier stays as it was.

    After each epoch `out` holds the state, and a resume goes on from there.

    Args:
        model: With `blocks`, see `Masked`.
        samples: Labels are not looked at.
        recipe: Its `pretrain_epochs` is how often; rate, batch and decay are those of the training.
        seed: Of the training.
        settings: Must agree when it is resumed.
        out: A folder.
        resume: Go on with what `out` holds, where it holds something.
        normalisation: Of motion, see `vary`.
        processes: Who takes which part of a batch.
        progress: Told after every step.
    """
    masked = Masked(model, samples, recipe.masked)
    recipe = replace(
        recipe,
        epochs=recipe.pretrain_epochs,
        warm_up_epochs=min(recipe.warm_up_epochs, recipe.pretrain_epochs / 4),
        mixup=0.0,
        cutmix=0.0,
        # A dropped piece would be asked for as if somebody had written it.
        augmentation=None if samples.kind == "text" else recipe.augmentation,
    )
    state = new_state(masked, recipe)
    if resume and (out / FILE).exists():
        restore_state(state, settings, out, FILE)
    while state.epoch < recipe.epochs:
        title = f"pre-training epoch {state.epoch + 1} of {recipe.epochs}"
        loss, _ = run_epoch(
            state,
            samples,
            recipe,
            seed=seed,
            classes=1,
            objective=_guess,
            normalisation=normalisation,
            processes=processes,
            after_step=_told(progress, title),
        )
        state.epoch += 1
        state.lines.append({"pretrain_epoch": state.epoch, "loss": round(loss, 5)})
        if processes.first:
            out.mkdir(parents=True, exist_ok=True)
            write_metrics(state.lines, out / METRICS)
            save_state(state, settings, out, FILE)
    learnt = state.average
    assert isinstance(learnt, Masked)
    model.load_state_dict(learnt.encoder.state_dict())


def _guess(model: nn.Module, inputs: tuple[Tensor, ...], truth: Tensor) -> tuple[Tensor, Tensor]:
    loss: Tensor = model(*inputs)
    return loss, torch.tensor(0)


def _told(progress: Callable[[str, float], None] | None, title: str) -> Callable[[float], None]:
    return lambda share: progress(title, share) if progress else None
