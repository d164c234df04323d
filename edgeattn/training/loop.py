"""The training loop: a model of the zoo and data -> a checkpoint, figures, and a way to go on."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from edgeattn.models.catalog import ZooEntry, zoo_entry
from edgeattn.models.checkpoint import Checkpoint, save_checkpoint
from edgeattn.training.determinism import deterministic
from edgeattn.training.epoch import run_epoch
from edgeattn.training.evaluate import accuracy
from edgeattn.training.images import image_tensors
from edgeattn.training.metrics import write_metrics
from edgeattn.training.recipe import RECIPES, TrainingRecipe
from edgeattn.training.splits import Splits
from edgeattn.training.state import FILE, TrainingState, new_state, restore_state, save_state
from edgeattn_runtime.errors import BadUsage

Progress = Callable[[str, float], None]  # what is being done, share done in [0, 1]
METRICS = "metrics.jsonl"


@dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """What a training left behind.

    Attributes:
        checkpoint: The file with the averaged weights.
        metrics: The file with one line per epoch and one for the result.
        epochs: Whole epochs, those before a resume included.
        validation_accuracy: Of the averaged weights.
        test_accuracy: Of the averaged weights; None without a test split.
        test_samples: How many samples that is.
    """

    checkpoint: Path
    metrics: Path
    epochs: int
    validation_accuracy: float
    test_accuracy: float | None
    test_samples: int


def train(
    model_name: str,
    data: Splits,
    *,
    out: Path,
    epochs: int | None = None,
    seed: int = 0,
    resume: bool = False,
    recipe: TrainingRecipe | None = None,
    arguments: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> TrainingResult:
    """Train a model of the zoo; after each epoch `out` holds its checkpoint, state and figures.

    The same call gives the same weights, bit for bit, on the same machine with the same versions,
    and so does one that was stopped at any time and resumed.

    Args:
        model_name: A name of the zoo.
        data: Samples with labels; one input.
        out: A folder; made when it is missing.
        epochs: Instead of the recipe's; the schedule stretches with it.
        seed: Of the first weights, the order of samples and their augmentation.
        resume: Go on with what `out` holds.
        recipe: Instead of the model's own.
        arguments: For the model's builder, instead of its defaults.
        progress: Told after every step.
    """
    entry = zoo_entry(model_name)
    recipe = recipe or RECIPES[model_name]
    recipe = recipe if epochs is None else replace(recipe, epochs=epochs)
    arguments = {"classes": _classes(data), **(arguments or {})}
    train_set, validation_set = (
        image_tensors(data.train, entry.input_shape[1]),
        image_tensors(data.validation, entry.input_shape[1]),
    )
    settings = _settings(model_name, arguments, seed, recipe, train_set)
    if not resume and (out / FILE).exists():
        raise BadUsage(f"{out} holds a training already; add --resume, or give another --out")

    with deterministic(recipe.threads), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = entry.build(**arguments)
        # Channels last trains a fifth faster on a CPU; PyTorch's stubs do not know the argument.
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        state = new_state(model, recipe)
        if resume:
            restore_state(state, settings, out)
        while state.epoch < recipe.epochs:
            line = _one_epoch(state, train_set, validation_set, recipe, seed, progress)
            state.lines.append(line)
            _save_checkpoint(state, entry, model_name, arguments, data, out)
            write_metrics(state.lines, out / METRICS)
            save_state(state, settings, out)  # last: what comes before is made again by a resume
        result = _result(state, entry, model_name, data, out)
    write_metrics([*state.lines, _result_line(result, seed, recipe)], out / METRICS)
    return result


def _one_epoch(
    state: TrainingState,
    train_set: tuple[Tensor, Tensor],
    validation_set: tuple[Tensor, Tensor],
    recipe: TrainingRecipe,
    seed: int,
    progress: Progress | None,
) -> dict[str, Any]:
    """Train one epoch, look at the validation samples, and return the line of figures."""
    last = f", validation {state.lines[-1]['validation_accuracy']:.1%}" if state.lines else ""
    title = f"epoch {state.epoch + 1} of {recipe.epochs}{last}"
    wall, cpu = time.monotonic(), time.process_time()
    loss, right = run_epoch(
        state,
        train_set,
        recipe,
        seed=seed,
        after_step=lambda share: progress(title, share) if progress else None,
    )
    state.epoch += 1
    return {
        "epoch": state.epoch,
        "loss": round(loss, 5),
        "train_accuracy": round(right, 5),  # on changed photos, with the weights of that moment
        "validation_accuracy": round(accuracy(state.average, *validation_set), 5),
        "seconds": round(time.monotonic() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
    }


def _save_checkpoint(
    state: TrainingState,
    entry: ZooEntry,
    model_name: str,
    arguments: dict[str, Any],
    data: Splits,
    out: Path,
) -> None:
    checkpoint = Checkpoint(
        module=state.average,
        model=model_name,
        arguments=arguments,
        preprocessing=entry.preprocessing,
        labels=data.train.labels,
        dataset=data.name,
    )
    save_checkpoint(checkpoint, out / f"{model_name}.pt")


def _result(
    state: TrainingState, entry: ZooEntry, model_name: str, data: Splits, out: Path
) -> TrainingResult:
    return TrainingResult(
        checkpoint=out / f"{model_name}.pt",
        metrics=out / METRICS,
        epochs=state.epoch,
        validation_accuracy=state.lines[-1]["validation_accuracy"],
        test_accuracy=accuracy(state.average, *image_tensors(data.test, entry.input_shape[1]))
        if data.test
        else None,
        test_samples=len(data.test) if data.test else 0,
    )


def _result_line(result: TrainingResult, seed: int, recipe: TrainingRecipe) -> dict[str, Any]:
    return {
        "result": result.checkpoint.name,
        "epochs": result.epochs,
        "seed": seed,
        "threads": recipe.threads,
        "torch": torch.__version__,
        "validation_accuracy": result.validation_accuracy,
        "test_accuracy": result.test_accuracy,
        "test_samples": result.test_samples,
    }


def _settings(
    model_name: str,
    arguments: dict[str, Any],
    seed: int,
    recipe: TrainingRecipe,
    samples: tuple[Tensor, Tensor],
) -> dict[str, Any]:
    """Return what must agree for a resume to give what an unbroken training gives."""
    x, y = samples
    digest = hashlib.sha256(x.numpy().tobytes())
    digest.update(y.numpy().tobytes())
    return {
        "model": model_name,
        "arguments": arguments,
        "seed": seed,
        "data": digest.hexdigest(),
        **asdict(recipe),
    }


def _classes(data: Splits) -> int:
    if data.train.labels is not None:
        return len(data.train.labels)
    sets = [part for part in (data.train, data.validation, data.test) if part is not None]
    return 1 + max(int(part.y.max()) for part in sets if part.y is not None)
