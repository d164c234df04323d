"""Where a training begins: which model, with which weights, and what must agree to go on later."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import nn

from edgeattn.data.balance import class_counts, imbalance
from edgeattn.data.data import Data
from edgeattn.models.catalog import ZooEntry
from edgeattn.models.checkpoint import Checkpoint
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import Samples
from edgeattn.training.splits import Splits

UNEVEN = 3.0  # times as many samples in the largest class as in the smallest: worth a sentence


def number_of_classes(data: Splits) -> int:
    """Return how many classes have a name, or a sample."""
    if data.train.labels is not None:
        return len(data.train.labels)
    sets = [part for part in (data.train, data.validation, data.test) if part is not None]
    return 1 + max(int(part.y.max()) for part in sets if part.y is not None)


def remarks(data: Data, recipe: TrainingRecipe) -> tuple[str, ...]:
    """Return what the user should know of how the samples are spread over classes."""
    said = []
    counts = class_counts(data)
    names = data.labels or tuple(str(number) for number in range(len(counts)))
    empty = [name for name, count in zip(names, counts, strict=True) if not count]
    if empty:
        said.append(
            f"{len(empty)} of {len(names)} classes have no training sample, first {empty[0]!r}; "
            "the model cannot learn them"
        )
    if (uneven := imbalance(data)) >= UNEVEN and not recipe.class_weights:
        said.append(
            f"the largest class has {uneven:.1f} times the samples of the smallest; "
            "--class-weights makes rare ones count more, and F1 says more than accuracy"
        )
    return tuple(said)


def begin(entry: ZooEntry, arguments: dict[str, Any], start: Checkpoint | None) -> nn.Module:
    """Return a new model, or that of a checkpoint, pruned layers and all.

    Of a checkpoint with another number of classes, all but the last layer is taken.
    """
    if start is None:
        return entry.build(**arguments)
    model, classes = start.module, int(arguments["classes"])
    linears = [name for name, layer in model.named_modules() if isinstance(layer, nn.Linear)]
    last = model.get_submodule(linears[-1])
    assert isinstance(last, nn.Linear)
    if last.out_features != classes:
        parent, _, name = linears[-1].rpartition(".")
        fresh = nn.Linear(last.in_features, classes, bias=last.bias is not None)
        setattr(model.get_submodule(parent), name, fresh)
    return model


def settings_of(
    model: str,
    arguments: dict[str, Any],
    seed: int,
    recipe: TrainingRecipe,
    samples: Samples,
    **files: Path | None,
) -> dict[str, Any]:
    """Return what must agree for a resume to give what an unbroken training gives."""
    digest = hashlib.sha256()
    for part in (*samples.x, samples.y):
        digest.update(part.numpy().tobytes())
    return {
        "model": model,
        "arguments": arguments,
        "seed": seed,
        "data": digest.hexdigest(),
        **{name: None if path is None else _digest(path) for name, path in files.items()},
        **asdict(recipe),
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
