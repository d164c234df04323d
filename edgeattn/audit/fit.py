"""One candidate, trained epoch by epoch, so that it can be stopped and gone on with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from edgeattn.audit.bodies import build
from edgeattn.audit.material import Material
from edgeattn.audit.sizing import FAMILIES, Sized
from edgeattn.models.catalog import ZooEntry
from edgeattn.training.determinism import deterministic
from edgeattn.training.epoch import run_epoch
from edgeattn.training.failure import LossNotFinite, keep_batch
from edgeattn.training.loop import one_epoch
from edgeattn.training.metrics import write_metrics
from edgeattn.training.outcome import METRICS
from edgeattn.training.processes import ALONE
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.state import FILE, TrainingState, new_state, restore_state, save_state
from edgeattn.training.task import Task, make_objective

Clock = Callable[[], float]
PROBE_STEPS = 3


class Fit:
    """The training of one candidate; `folder` holds it after every whole epoch."""

    def __init__(self, sized: Sized, material: Material, *, seed: int, folder: Path) -> None:
        """Make the untrained candidate, or take up the training that `folder` holds."""
        self.sized, self.material, self.seed, self.folder = sized, material, seed, folder
        self.settings = {
            "family": sized.family,
            "width": sized.width,
            "inside": sized.inside,
            "seed": seed,
            "data": digest(material),
        }
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = self._untrained()
        self.state: TrainingState = new_state(model, material.recipe)
        if (folder / FILE).exists():
            restore_state(self.state, self.settings, folder)

    @property
    def epochs(self) -> int:
        """Whole epochs done."""
        return self.state.epoch

    @property
    def seconds(self) -> float:
        """How long they took."""
        return sum(float(line["seconds"]) for line in self.state.lines)

    @property
    def model(self) -> nn.Module:
        """The averaged weights, in eval mode."""
        return self.state.average.eval()

    @property
    def validation_accuracy(self) -> float:
        """Of the last epoch."""
        return float(self.state.lines[-1]["validation_accuracy"])

    def probe(self, clock: Clock) -> float:
        """Return about how many seconds an epoch takes, from a few steps of a copy."""
        recipe = self.material.recipe
        batch = min(recipe.batch, len(self.material.train))
        few = self.material.train.rows(slice(0, PROBE_STEPS * batch))
        with torch.random.fork_rng(devices=[]), deterministic(recipe.threads):
            throwaway = new_state(self._untrained(), recipe)
            first = self.material.train.rows(slice(0, batch))
            for samples in (first, few):  # the first step packs weights and fills caches
                began = clock()
                run_epoch(
                    throwaway,
                    samples,
                    recipe,
                    seed=self.seed,
                    classes=self.material.signal.classes,
                    normalisation=self.material.normalisation,
                )
                taken = clock() - began
        return taken * len(self.material.train) / len(few)

    def epoch(self, epochs: int, progress: Callable[[float], None]) -> None:
        """Train one epoch more of `epochs`, and keep it."""
        recipe = replace(self.material.recipe, epochs=epochs)
        done = self.state.epoch
        self.folder.mkdir(parents=True, exist_ok=True)
        task = self._task(recipe, lambda title, share: progress(share * epochs - done))
        with deterministic(recipe.threads):
            try:
                line = one_epoch(self.state, task)
            except LossNotFinite as failure:
                raise keep_batch(failure, self.folder) from None
        self.state.lines.append(line)
        write_metrics(self.state.lines, self.folder / METRICS)
        save_state(self.state, self.settings, self.folder)  # last: a resume makes the rest again

    def forget(self) -> None:
        """Remove what only going on needs: a candidate that is finished is not gone on with."""
        (self.folder / FILE).unlink(missing_ok=True)

    def _untrained(self) -> nn.Module:
        sized = self.sized
        model = build(
            self.material.signal, family=sized.family, width=sized.width, inside=sized.inside
        )
        channels_last: nn.Module = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return channels_last

    def _task(self, recipe: TrainingRecipe, progress: Callable[[str, float], None]) -> Task:
        material, sized = self.material, self.sized
        steps: tuple[dict[str, Any], ...] = ()
        if material.normalisation is not None:
            mean, std = material.normalisation
            steps = ({"step": "normalize", "mean": list(mean), "std": list(std)},)
        entry = ZooEntry(
            summary=FAMILIES[sized.family],
            build=build,
            dataset=material.splits.name,
            preprocessing=steps,
            input_shape=(1, *material.signal.shape),
            checkpoint=None,
            accuracy=None,
            params=sized.params,
            macs=sized.macs,
        )
        classes = material.signal.classes
        return Task(
            model=sized.family,
            entry=entry,
            arguments={"classes": classes},
            splits=material.splits,
            train=material.train,
            validation=material.validation,
            recipe=recipe,
            seed=self.seed,
            objective=make_objective(recipe, material.splits, material.train, None, classes),
            out=self.folder,
            processes=ALONE,
            progress=progress,
        )


def digest(material: Material) -> str:
    """Return a SHA-256 over all samples: a resume must see the same ones."""
    found = hashlib.sha256()
    for samples in (material.train, material.validation, material.test):
        for part in (*samples.x, samples.y):
            found.update(part.numpy().tobytes())
    return found.hexdigest()
