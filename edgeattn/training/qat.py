"""Quantisation-aware training: a float checkpoint and data -> a checkpoint that converts exactly.

The model goes on training with the rounding of its int8 files, learning from the labels and from
its float self (Hinton et al. 2015, arXiv:1503.02531). The checkpoint keeps the float weights it
began with, which are what accuracy is compared with, and beside them what was trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from edgeattn.models.catalog import zoo_entry
from edgeattn.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from edgeattn.training import plot
from edgeattn.training.determinism import deterministic
from edgeattn.training.evaluate import confusion
from edgeattn.training.failure import LossNotFinite, keep_batch
from edgeattn.training.fake_quantised import FakeQuantised
from edgeattn.training.loop import one_epoch
from edgeattn.training.metrics import write_metrics
from edgeattn.training.outcome import METRICS, TrainingResult, figures
from edgeattn.training.processes import ALONE
from edgeattn.training.qat_start import Start, start_training, trained
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import model_samples
from edgeattn.training.splits import Splits
from edgeattn.training.start import number_of_classes, settings_of
from edgeattn.training.state import FILE, new_state, restore_state, save_state
from edgeattn.training.task import Progress, Task, check_fit, make_objective
from edgeattn_converters.policy import Policy
from edgeattn_converters.recipe import Recipe
from edgeattn_runtime.errors import BadUsage

OBSERVED = 128
"""Training samples whose extremes the ranges begin with."""

SLOWER = 10.0
"""A tenth of the float rate, a quarter of the epochs: the weights are nearly right already."""
FEWER = 4
WARM_UP = 0.25  # epochs: AdamW needs some steps for its moments, the weights need none


def qat_recipe(recipe: TrainingRecipe) -> TrainingRecipe:
    """Return the recipe of float training, gentler; what only float models can do is left out."""
    return replace(
        recipe,
        epochs=max(1, recipe.epochs // FEWER),
        learning_rate=recipe.learning_rate / SLOWER,
        warm_up_epochs=min(WARM_UP, recipe.warm_up_epochs),
        dropout=0.0,
        patience=None,
        pretrain_epochs=0,
    )


def train_qat(
    start: Path,
    data: Splits,
    *,
    out: Path,
    quantisation: Recipe,
    policies: Sequence[Policy],
    recipe: TrainingRecipe,
    seed: int = 0,
    resume: bool = False,
    progress: Progress | None = None,
    teacher: Path | None = None,
) -> TrainingResult:
    """Train a checkpoint on with fake quantisation; `out` holds its state after each epoch.

    Args:
        start: A float checkpoint; left as it is.
        data: Samples with labels.
        out: A folder; made when it is missing. Its checkpoint is written at the end.
        quantisation: The recipe that `edgeattn convert` will be given.
        policies: Of the engines to train for.
        recipe: How to train; `qat_recipe` makes one.
        seed: Of the order of samples and their augmentation.
        resume: Go on with what `out` holds.
        progress: Told after every step.
        teacher: A checkpoint to learn from; None is `start`, the model's float self.
    """
    checkpoint = load_checkpoint(start)
    entry, module = zoo_entry(checkpoint.model), checkpoint.module
    _check(recipe, checkpoint, start)
    if not resume and (out / FILE).exists():
        raise BadUsage(f"{out} holds a training already; add --resume, or give another --out")
    samples = model_samples(data.train, module, entry.input_shape)
    check_fit(recipe, samples, ALONE)
    with torch.no_grad():
        classes = module(*samples.rows(slice(0, 1)).x).shape[-1]
    _check_classes(classes, data, checkpoint, start)
    task = Task(
        model=checkpoint.model,
        entry=entry,
        arguments={**checkpoint.arguments, "classes": classes},
        splits=data,
        train=samples,
        validation=model_samples(data.validation, module, entry.input_shape),
        recipe=recipe,
        seed=seed,
        objective=make_objective(recipe, data, samples, teacher or start, classes),
        out=out,
        processes=ALONE,
        progress=progress,
    )
    settings = settings_of(
        checkpoint.model, checkpoint.arguments, seed, recipe, samples, start=start, teacher=teacher
    )
    settings |= {"qat": f"{quantisation} on {', '.join(one.name for one in policies)}"}
    observed = data.train.take(OBSERVED)
    seen = model_samples(observed, module, entry.input_shape)
    with torch.random.fork_rng(devices=[]), deterministic(recipe.threads):
        torch.manual_seed(seed)
        begun = start_training(
            module,
            [seen.rows(slice(row, row + 1)).x for row in range(len(seen))],
            batch=min(recipe.batch, len(samples)),
            name=checkpoint.model,
            recipe=quantisation,
            policies=policies,
        )
        try:
            model, lines = _run(task, begun, settings, resume)
        except LossNotFinite as failure:
            raise keep_batch(failure, out) from None
        found = trained(begun, model, observed.hashes())
        save_checkpoint(replace(checkpoint, qat=found.to_plain()), task.checkpoint)
        return _result(task, model, lines, checkpoint)


def _run(
    task: Task, begun: Start, settings: dict[str, Any], resume: bool
) -> tuple[FakeQuantised, list[dict[str, Any]]]:
    """Train to the end; return the mean of the weights, and a line of figures per epoch."""
    task.out.mkdir(parents=True, exist_ok=True)
    state = new_state(begun.model, task.recipe)
    if resume:
        restore_state(state, settings, task.out)
    while state.epoch < task.recipe.epochs:
        state.lines.append(one_epoch(state, task))
        write_metrics(state.lines, task.out / METRICS)
        plot.write_plot(
            state.lines, task.out / plot.FILE, title=f"{task.model}, {task.splits.name}"
        )
        save_state(state, settings, task.out)
    assert isinstance(state.average, FakeQuantised)
    return state.average, state.lines


def _result(
    task: Task, model: FakeQuantised, lines: list[dict[str, Any]], checkpoint: Checkpoint
) -> TrainingResult:
    """Measure the model, with its rounding, on the test samples, and write the last line."""
    test, tested = task.splits.test, dict[str, Any](test_accuracy=None)
    if test is not None:
        samples = model_samples(test, checkpoint.module, task.entry.input_shape)
        tested = figures(confusion(model, samples, task.classes), "test")
    result = TrainingResult(
        checkpoint=task.checkpoint,
        metrics=task.out / METRICS,
        plot=task.out / plot.FILE,
        epochs=len(lines),
        best_epoch=len(lines),
        validation_accuracy=lines[-1]["validation_accuracy"],
        test_accuracy=tested["test_accuracy"],
        test_f1=tested.get("test_f1"),
        test_samples=len(test) if test else 0,
    )
    line = {
        "result": result.checkpoint.name,
        "qat": True,
        "epochs": result.epochs,
        "seed": task.seed,
        "threads": task.recipe.threads,
        "torch": torch.__version__,
        "validation_accuracy": result.validation_accuracy,
        **tested,
        "test_samples": result.test_samples,
    }
    write_metrics([*lines, line], task.out / METRICS)
    return result


def _check(recipe: TrainingRecipe, checkpoint: Checkpoint, start: Path) -> None:
    """Refuse what only float training can do, and to train rounding twice."""
    if checkpoint.qat is not None:
        raise BadUsage(
            f"{start.name} was trained with --qat already; go on with --resume in its folder, or "
            "begin with the float checkpoint"
        )
    if recipe.pretrain_epochs or recipe.dropout or recipe.patience is not None:
        raise BadUsage(
            "the recipe has masked pre-training, dropout or patience, which --qat has not: it "
            "trains a captured model to the end; leave them out"
        )


def _check_classes(classes: int, data: Splits, checkpoint: Checkpoint, start: Path) -> None:
    """Refuse data of other classes than the checkpoint tells apart."""
    known, named = checkpoint.labels, data.train.labels
    if number_of_classes(data) != classes or (known and named and known != named):
        raise BadUsage(
            f"{start.name} tells {classes} classes apart ({', '.join((known or ())[:3])}, ...), "
            f"and {data.name} has {number_of_classes(data)} ({', '.join((named or ())[:3])}, ...); "
            "train it in float on these data first, then with --qat"
        )
