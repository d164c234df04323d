"""What a training is of: model, samples, recipe and objective, checked before the first step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from edgeattn.data.balance import class_weights
from edgeattn.models.catalog import ZooEntry
from edgeattn.models.checkpoint import Checkpoint, load_checkpoint
from edgeattn.training.distill import load_teacher
from edgeattn.training.objective import Objective, classification
from edgeattn.training.processes import Processes
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import Samples
from edgeattn.training.splits import Splits
from edgeattn.training.vary import KINDS, Normalisation
from edgeattn_runtime.errors import BadUsage

Progress = Callable[[str, float], None]  # what is being done, share done in [0, 1]


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """All that stays the same while training.

    Attributes:
        model: Its name in the zoo.
        entry: And what the zoo knows of it.
        arguments: Of its builder, `classes` among them.
        splits: The data as they were read.
        train: The training samples as tensors.
        validation: Likewise.
        recipe: How to train.
        seed: Of weights, order and augmentation.
        objective: What a batch is measured by.
        out: Where files go.
        processes: Who trains together.
        progress: Told after every step.
    """

    model: str
    entry: ZooEntry
    arguments: dict[str, Any]
    splits: Splits
    train: Samples
    validation: Samples
    recipe: TrainingRecipe
    seed: int
    objective: Objective
    out: Path
    processes: Processes
    progress: Progress | None

    @property
    def classes(self) -> int:
        """The number of classes."""
        return int(self.arguments["classes"])

    @property
    def checkpoint(self) -> Path:
        """Where the weights go."""
        return self.out / f"{self.model}.pt"

    @property
    def normalisation(self) -> Normalisation | None:
        """Mean and deviation of the last `normalize` step, if there is one."""
        steps = [step for step in self.entry.steps() if step["step"] == "normalize"]
        return (steps[-1]["mean"], steps[-1]["std"]) if steps else None


def same_model(start: Path, model: str) -> Checkpoint:
    """Return the checkpoint to begin with, which must be of that model."""
    checkpoint = load_checkpoint(start)
    if checkpoint.model != model:
        raise BadUsage(
            f"{start.name} is a {checkpoint.model}, not a {model}; begin with a checkpoint of the "
            "same model, or learn from this one with --teacher"
        )
    return checkpoint


def check_fit(recipe: TrainingRecipe, samples: Samples, processes: Processes) -> None:
    """Refuse a recipe for samples of another kind, and more processes than a batch feeds."""
    kind = samples.kind
    if recipe.augmentation is not None and KINDS[type(recipe.augmentation)] != kind:
        raise BadUsage(
            f"the recipe changes {KINDS[type(recipe.augmentation)]}, and these samples are {kind}; "
            "choose another augmentation, or none"
        )
    if recipe.mixup and kind == "text":
        raise BadUsage("mixup adds samples, and numbers of words cannot be added; train without")
    if recipe.cutmix and kind != "photos":
        raise BadUsage(f"cutmix pastes photos into each other, not {kind}; train without")
    if min(recipe.batch, len(samples)) < processes.size:
        raise BadUsage(
            f"{processes.size} processes cannot share a batch of "
            f"{min(recipe.batch, len(samples))}; start fewer, or give a larger batch"
        )


def make_objective(
    recipe: TrainingRecipe, data: Splits, samples: Samples, teacher: Path | None, classes: int
) -> Objective:
    """Return the recipe's objective, with class weights and a teacher where they are wanted."""
    learnt_from = None
    if teacher is not None:
        learnt_from = load_teacher(
            teacher,
            classes=classes,
            labels=data.train.labels,
            example=samples.rows(slice(0, 1)).x,
        )
    weights = None
    if recipe.class_weights:
        found = torch.from_numpy(class_weights(data.train))
        weights = torch.cat([found, torch.zeros(classes - len(found))])
    return classification(recipe, class_weights=weights, teacher=learnt_from)
