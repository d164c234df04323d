"""What a training must remember to go on as if it had never stopped.

The shuffling and the augmentation of an epoch are drawn from its own seed (the training's seed and
the number of the epoch), so the state of no random generator is kept.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from edgeattn.models.checkpoint import read_plain, write_beside
from edgeattn.training.recipe import TrainingRecipe
from edgeattn_runtime.errors import BadUsage, BrokenModel

FILE = "training.pt"


@dataclass
class TrainingState:
    """The parts that change while training.

    Attributes:
        model: The weights that are fitted.
        average: Their running mean, which is what is saved and measured.
        optimizer: With its moments.
        epoch: Whole epochs done.
        lines: One dict per epoch, as in the metrics file.
    """

    model: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    epoch: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)


def new_state(model: nn.Module, recipe: TrainingRecipe) -> TrainingState:
    """Return the state before the first step: AdamW, with weight decay for matrices alone."""
    matrices = [weight for weight in model.parameters() if weight.ndim > 1]
    others = [weight for weight in model.parameters() if weight.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": recipe.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate)
    return TrainingState(model, copy.deepcopy(model), optimizer)


def save_state(
    state: TrainingState, settings: dict[str, Any], folder: Path, file: str = FILE
) -> None:
    """Write the state after a whole epoch."""
    content = {
        "settings": settings,
        "epoch": state.epoch,
        "lines": state.lines,
        "model": state.model.state_dict(),
        "average": state.average.state_dict(),
        "optimizer": state.optimizer.state_dict(),
    }
    write_beside(content, folder / file)


def restore_state(
    state: TrainingState, settings: dict[str, Any], folder: Path, file: str = FILE
) -> None:
    """Fill `state` from `folder`, which must hold a training with the same settings."""
    path = folder / file
    if not path.exists():
        raise BadUsage(f"{folder} holds no training to resume; leave out --resume")
    content = read_plain(path)
    if "settings" not in content:
        raise BrokenModel(f"{path} is no training state; leave out --resume and give another --out")
    differing = [key for key in settings if content["settings"].get(key) != settings[key]]
    if differing:
        key = differing[0]
        raise BadUsage(
            f"{folder} holds a training with {key} {content['settings'].get(key)}, not "
            f"{settings[key]}; resume with the same settings, or start anew in another --out"
        )
    state.model.load_state_dict(content["model"])
    state.average.load_state_dict(content["average"])
    state.optimizer.load_state_dict(content["optimizer"])
    state.epoch = content["epoch"]
    state.lines = content["lines"]
