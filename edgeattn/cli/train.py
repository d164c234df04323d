"""`edgeattn train`: data -> a checkpoint."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeattn.cli.rounding import check_rounding, rounding_options, train_rounded
from edgeattn.cli.voice import Voice, spoken

if TYPE_CHECKING:
    from edgeattn.training.outcome import TrainingResult
    from edgeattn.training.recipe import TrainingRecipe

MOST_BROKEN = 20  # files named one by one

# Flags that only change a number of the recipe, by the name of that number.
NUMBERS: dict[str, tuple[click.ParamType[Any], str]] = {
    "batch": (click.IntRange(min=1), "Samples per step, of all processes together."),
    "learning-rate": (click.FLOAT, "At its highest."),
    "warm-up-epochs": (click.FLOAT, "While the rate rises from zero."),
    "weight-decay": (click.FLOAT, "For matrices and kernels."),
    "label-smoothing": (click.FLOAT, "Share of the target spread over all classes."),
    "average": (click.FLOAT, "How slowly the averaged weights follow, 0 for none."),
    "dropout": (click.FLOAT, "Share that is dropped behind attention, MLP, before the classifier."),
    "mixup": (click.FLOAT, "Alpha of mixup, 0 for none."),
    "cutmix": (click.FLOAT, "Alpha of cutmix, 0 for none; photos."),
    "patience": (click.IntRange(min=1), "Stop after so many epochs that were no better."),
    "temperature": (click.FLOAT, "Of --teacher."),
    "teacher-weight": (click.FLOAT, "Share of the loss that is the teacher's."),
    "masked": (click.FLOAT, "Share of the tokens hidden by --pretrain."),
}


ONLY_FLOAT = ("dropout", "patience")
"""Flags of `NUMBERS` that --qat, which trains a captured model to the end, has no use for."""


def numbers(command: Any) -> Any:
    """Add the flags of `NUMBERS`; what is not typed stays None and the recipe's own."""
    for name, (kind, text) in reversed(NUMBERS.items()):
        command = click.option(f"--{name}", type=kind, help=text)(command)
    return command


@click.command("train")
@click.argument("model")
@click.option("--data", required=True, help="A data set's name, a folder of class folders, .npz.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the checkpoint, the figures, and what --resume needs.",
)
@click.option("--epochs", type=click.IntRange(min=1), help="Default: the model's own recipe.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--resume", is_flag=True, help="Go on after the last whole epoch in --out.")
@click.option(
    "--teacher",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A checkpoint to learn from as well as from the labels.",
)
@click.option(
    "--pretrain", type=click.Choice(["masked"]), help="First guess what is hidden, unlabelled."
)
@click.option("--pretrain-epochs", type=click.IntRange(min=1), help="Default: as many as --epochs.")
@click.option(
    "--augment",
    type=click.Choice(["default", "rand", "none"]),
    default="default",
    show_default=True,
    help="How samples are changed: the model's own recipe, RandAugment (photos), or not.",
)
@click.option("--class-weights", is_flag=True, help="Let rare classes count more.")
@click.option("--skip-broken", is_flag=True, help="List broken files and train without them.")
@rounding_options
@numbers
@spoken
def train_command(
    model: str,
    data: str,
    out: Path,
    epochs: int | None,
    seed: int,
    resume: bool,
    teacher: Path | None,
    pretrain: str | None,
    pretrain_epochs: int | None,
    augment: str,
    class_weights: bool,
    skip_broken: bool,
    qat: bool,
    recipe: str | None,
    target: str | None,
    voice: Voice,
    **typed: Any,
) -> None:
    """Train MODEL on DATA.

    MODEL is a name of `edgeattn zoo`, or a checkpoint to go on from. The same command gives the
    same weights, bit for bit, on the same machine; a training that was stopped goes on with
    --resume as if it had not been. Under `torchrun` several processes share each batch. With --qat
    a trained model learns to live with the rounding of its int8 files; convert its checkpoint.

    \b
    Example: edgeattn train gesture-hybrid --data gestures --seed 0 --out out/gestures
             edgeattn train gesture-hybrid --data photos/ --teacher big.pt --mixup 0.2 --out out/b
             torchrun --nproc-per-node 2 -m edgeattn train gesture-hybrid --data gestures --out o
    """  # noqa: D301  # \b keeps click from filling the examples
    if pretrain_epochs and not pretrain:
        raise click.UsageError("--pretrain-epochs needs --pretrain masked")
    check_rounding(
        qat,
        processes=int(os.environ.get("WORLD_SIZE", "1")),
        forbidden={"--pretrain": pretrain, **{f"--{key}": typed[key] for key in ONLY_FLOAT}},
        needing={"--recipe": recipe, "--target": target},
    )
    from edgeattn.data.recordings import clip_of
    from edgeattn.models.catalog import zoo_entry
    from edgeattn.training.loop import train
    from edgeattn.training.processes import joined
    from edgeattn.training.splits import load_splits

    name, start = named_model(model)
    entry = zoo_entry(name)
    shape = entry.input_shape
    first = os.environ.get("RANK", "0") == "0"
    voice = voice if first else replace(voice, quiet=True)  # one of several speaks for all
    splits = load_splits(
        data,
        image_size=(shape[-2], shape[-1]) if len(shape) == 4 else None,
        clip=clip_of(shape, entry.steps()),
        on_broken=(lambda files: voice.note(skipped(files))) if skip_broken else None,
    )
    typed |= {"class_weights": class_weights or None, "epochs": epochs}
    if pretrain:
        typed["pretrain_epochs"] = pretrain_epochs
    try:
        with joined() as processes, voice.progress() as progress:
            chosen = chosen_recipe(
                name, splits.train.x, {} if qat else typed, augment, bool(pretrain)
            )
            if qat:
                result = train_rounded(
                    name, start, splits, chosen, typed=typed, quantisation=recipe, target=target,
                    out=out, seed=seed, resume=resume, progress=progress, teacher=teacher,
                )  # fmt: skip
            else:
                result = train(
                    name,
                    splits,
                    out=out,
                    seed=seed,
                    resume=resume,
                    recipe=chosen,
                    progress=progress,
                    start=start,
                    teacher=teacher,
                    processes=processes,
                    note=voice.note,
                )
    except KeyboardInterrupt:
        voice.note(f"the last whole epoch is in {out}; --resume goes on after it")
        raise
    if first:
        _tell(voice, result)


def named_model(model: str) -> tuple[str, Path | None]:
    """Return the zoo's name of MODEL as typed, and its checkpoint when it is one."""
    if not model.endswith(".pt"):
        return model, None
    from edgeattn.models.checkpoint import load_checkpoint

    return load_checkpoint(Path(model)).model, Path(model)


def chosen_recipe(
    model: str, x: Any, typed: dict[str, Any], augment: str, pretrain: bool
) -> TrainingRecipe:
    """Return the recipe of the model with what was typed in its place."""
    from edgeattn.training.rand_augment import RandAugment
    from edgeattn.training.recipes import recipe_for
    from edgeattn.training.samples import kind_of

    recipe = recipe_for(model, kind_of(x))
    changes = {name: value for name, value in typed.items() if value is not None}
    if pretrain:
        changes.setdefault("pretrain_epochs", changes.get("epochs", recipe.epochs))
    if augment != "default":
        changes["augmentation"] = RandAugment() if augment == "rand" else None
    try:
        return replace(recipe, **changes)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def skipped(files: tuple[str, ...]) -> str:
    """Return the list of what is left out, one file a line."""
    shown = "\n".join(f"  {file}" for file in files[:MOST_BROKEN])
    more = f"\n  and {len(files) - MOST_BROKEN} more" if len(files) > MOST_BROKEN else ""
    return f"{len(files)} broken files are left out:\n{shown}{more}"


def _tell(voice: Voice, result: TrainingResult) -> None:
    test = (
        ""
        if result.test_accuracy is None
        else (f", {result.test_accuracy:.2%} of {result.test_samples} held-back test samples")
    )
    kept = "" if result.best_epoch == result.epochs else f", the best was {result.best_epoch}"
    voice.result(
        {
            "checkpoint": str(result.checkpoint),
            "metrics": str(result.metrics),
            "plot": str(result.plot),
            "epochs": result.epochs,
            "best_epoch": result.best_epoch,
            "validation_accuracy": result.validation_accuracy,
            "test_accuracy": result.test_accuracy,
            "test_f1": result.test_f1,
            "test_samples": result.test_samples,
        },
        f"{result.checkpoint}: {result.epochs} epochs{kept}, "
        f"{result.validation_accuracy:.2%} of validation{test}",
    )
