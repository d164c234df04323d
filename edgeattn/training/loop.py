"""The training loop: a model of the zoo and data -> a checkpoint, figures, and a way to go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from edgeattn.data.balance import check_classes
from edgeattn.models.catalog import zoo_entry
from edgeattn.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from edgeattn.models.half import rounded
from edgeattn.training import plot, pretrain
from edgeattn.training.determinism import deterministic
from edgeattn.training.dropout import add_dropout
from edgeattn.training.epoch import run_epoch
from edgeattn.training.evaluate import confusion
from edgeattn.training.failure import LossNotFinite, keep_batch
from edgeattn.training.metrics import write_metrics
from edgeattn.training.outcome import METRICS, TrainingResult, best_epoch, ended, figures
from edgeattn.training.processes import ALONE, Processes
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.recipes import recipe_for
from edgeattn.training.samples import model_samples
from edgeattn.training.splits import Splits
from edgeattn.training.start import begin, number_of_classes, remarks, settings_of
from edgeattn.training.state import FILE, TrainingState, new_state, restore_state, save_state
from edgeattn.training.task import Progress, Task, check_fit, make_objective, same_model
from edgeattn_runtime.errors import BadUsage


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
    start: Path | None = None,
    teacher: Path | None = None,
    processes: Processes = ALONE,
    note: Callable[[str], None] = lambda sentence: None,
) -> TrainingResult:
    """Train a model of the zoo; after each epoch `out` holds its checkpoint, state and figures.

    The same call gives the same weights, bit for bit, on the same machine with the same versions,
    and so does one that was stopped at any time and resumed.

    Args:
        model_name: A name of the zoo.
        data: Samples with labels.
        out: A folder; made when it is missing.
        epochs: Instead of the recipe's; the schedule stretches with it.
        seed: Of the first weights, the order of samples and their augmentation.
        resume: Go on with what `out` holds.
        recipe: Instead of the model's own.
        arguments: For the model's builder, instead of its defaults; not together with `start`.
        progress: Told after every step.
        start: A checkpoint of the same model, whose weights and arguments are begun with.
        teacher: A checkpoint of any model that takes the same samples, to learn from.
        processes: Those of `torchrun`; each calls this function with the same words.
        note: Told what the user should know before the first step.
    """
    entry = zoo_entry(model_name)
    begun = None if start is None else same_model(start, model_name)
    built = begun.arguments if begun is not None else arguments or {}
    arguments = {**built, "classes": number_of_classes(data)}
    check_classes(data.train)
    if not resume and any((out / file).exists() for file in (FILE, pretrain.FILE)):
        raise BadUsage(f"{out} holds a training already; add --resume, or give another --out")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = begin(entry, arguments, begun)
        shape = entry.input_shape
        train_set = model_samples(data.train, model, shape)
        recipe = recipe or recipe_for(model_name, train_set.kind)
        recipe = recipe if epochs is None else replace(recipe, epochs=epochs)
        check_fit(recipe, train_set, processes)
        task = Task(
            model=model_name,
            entry=entry,
            arguments=arguments,
            splits=data,
            train=train_set,
            validation=model_samples(data.validation, model, shape),
            recipe=recipe,
            seed=seed,
            objective=make_objective(recipe, data, train_set, teacher, int(arguments["classes"])),
            out=out,
            processes=processes,
            progress=progress,
        )
        settings = settings_of(
            model_name, arguments, seed, recipe, train_set, start=start, teacher=teacher
        )
        settings["processes"] = processes.size  # other parts of a batch give other last bits
        for sentence in remarks(data.train, recipe):
            note(sentence)
        with deterministic(recipe.threads):
            try:
                return _run(task, model, settings, resume)
            except LossNotFinite as failure:
                raise (keep_batch(failure, out) if processes.first else failure) from None


def _run(task: Task, model: nn.Module, settings: dict[str, Any], resume: bool) -> TrainingResult:
    """Pre-train if asked for, train until the end or until nothing gets better, and measure."""
    recipe, out = task.recipe, task.out
    if resume and task.processes.first:
        for unfinished in out.glob(".*.part"):  # a write that was killed
            unfinished.unlink()
    # Channels last trains a fifth faster on a CPU; PyTorch's stubs do not know the argument.
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    begun = (out / FILE).exists()
    if recipe.dropout:
        add_dropout(model, recipe.dropout)
    before = recipe.pretrain_epochs / (recipe.pretrain_epochs + recipe.epochs)
    if recipe.pretrain_epochs and not begun:
        pretrain.pretrain(
            model,
            task.train,
            recipe,
            seed=task.seed,
            settings=settings,
            out=out,
            resume=resume,
            normalisation=task.normalisation,
            processes=task.processes,
            progress=_between(task.progress, 0.0, before),
        )
    task = replace(task, progress=_between(task.progress, before, 1.0))
    state = new_state(model, recipe)
    if resume and (begun or not (out / pretrain.FILE).exists()):
        restore_state(state, settings, out)
    while state.epoch < recipe.epochs and not ended(state.lines, recipe.patience):
        state.lines.append(one_epoch(state, task))
        if task.processes.first:
            if recipe.patience is None or best_epoch(state.lines) == state.epoch:
                _save_checkpoint(state, task)
            write_metrics(state.lines, out / METRICS)
            plot.write_plot(state.lines, out / plot.FILE, title=f"{task.model}, {task.splits.name}")
            save_state(state, settings, out)  # last: what comes before is made again by a resume
    return _result(state, task)


def one_epoch(state: TrainingState, task: Task) -> dict[str, Any]:
    """Train one epoch, look at the validation samples, and return the line of figures."""
    recipe, progress = task.recipe, task.progress
    last = f", validation {state.lines[-1]['validation_accuracy']:.1%}" if state.lines else ""
    title = f"epoch {state.epoch + 1} of {recipe.epochs}{last}"
    wall, cpu = time.monotonic(), time.process_time()
    loss, right = run_epoch(
        state,
        task.train,
        recipe,
        seed=task.seed,
        classes=task.classes,
        objective=task.objective,
        normalisation=task.normalisation,
        processes=task.processes,
        after_step=lambda share: progress(title, share) if progress else None,
    )
    state.epoch += 1
    seen = figures(
        confusion(state.average, task.validation, task.classes, task.processes), "validation"
    )
    return {
        "epoch": state.epoch,
        "loss": round(loss, 5),
        "train_accuracy": round(right, 5),  # on changed samples, with the weights of that moment
        **seen,
        "validation_accuracy": round(seen["validation_accuracy"], 5),
        "seconds": round(time.monotonic() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
    }


def _between(progress: Progress | None, start: float, end: float) -> Progress | None:
    """Return a progress whose 0 and 1 are `start` and `end` of the whole."""
    if progress is None or (start, end) == (0.0, 1.0):
        return progress
    return lambda title, share: progress(title, start + share * (end - start))


def _save_checkpoint(state: TrainingState, task: Task) -> None:
    checkpoint = Checkpoint(
        module=rounded(state.average) if task.entry.half else state.average,
        model=task.model,
        arguments=task.arguments,
        preprocessing=task.entry.steps(),
        labels=task.splits.train.labels,
        dataset=task.splits.name,
    )
    save_checkpoint(checkpoint, task.checkpoint)


def _result(state: TrainingState, task: Task) -> TrainingResult:
    """Measure the weights that were kept on the test samples, once, and write the last line."""
    best = state.epoch if task.recipe.patience is None else best_epoch(state.lines)
    if best != state.epoch or task.entry.half:  # what was saved is what is measured
        state.average.load_state_dict(load_checkpoint(task.checkpoint).module.state_dict())
    test = task.splits.test
    tested: dict[str, Any] = {"test_accuracy": None}
    if test is not None:
        samples = model_samples(test, state.average, task.entry.input_shape)
        tested = figures(confusion(state.average, samples, task.classes, task.processes), "test")
    result = TrainingResult(
        checkpoint=task.checkpoint,
        metrics=task.out / METRICS,
        plot=task.out / plot.FILE,
        epochs=state.epoch,
        best_epoch=best,
        validation_accuracy=state.lines[best - 1]["validation_accuracy"],
        test_accuracy=tested["test_accuracy"],
        test_f1=tested.get("test_f1"),
        test_samples=len(test) if test else 0,
    )
    line = {
        "result": result.checkpoint.name,
        "epochs": result.epochs,
        "best_epoch": best,
        "seed": task.seed,
        "threads": task.recipe.threads,
        "processes": task.processes.size,
        "torch": torch.__version__,
        "validation_accuracy": result.validation_accuracy,
        **tested,
        "test_samples": result.test_samples,
    }
    if task.processes.first:
        write_metrics([*state.lines, line], task.out / METRICS)
    return result
