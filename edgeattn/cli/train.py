"""`edgeattn train`: data -> a checkpoint."""

from __future__ import annotations

from pathlib import Path

import click

from edgeattn.cli.voice import Voice, spoken


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
@spoken
def train_command(
    model: str, data: str, out: Path, epochs: int | None, seed: int, resume: bool, voice: Voice
) -> None:
    r"""Train MODEL on DATA.

    MODEL is a name of `edgeattn zoo`. The same command gives the same weights, bit for bit, on
    the same machine; a training that was stopped goes on with --resume as if it had not been.

    \b
    Example: edgeattn train gesture-hybrid --data gestures --seed 0 --out out/gestures
    """
    from edgeattn.models.catalog import zoo_entry
    from edgeattn.training.loop import train
    from edgeattn.training.splits import load_splits

    height, width = zoo_entry(model).input_shape[-2:]
    splits = load_splits(data, image_size=(height, width))
    try:
        with voice.progress() as progress:
            result = train(
                model, splits, out=out, epochs=epochs, seed=seed, resume=resume, progress=progress
            )
    except KeyboardInterrupt:
        voice.note(f"the last whole epoch is in {out}; --resume goes on after it")
        raise
    test = (
        ""
        if result.test_accuracy is None
        else (f", {result.test_accuracy:.2%} of {result.test_samples} held-back test samples")
    )
    voice.result(
        {
            "checkpoint": str(result.checkpoint),
            "metrics": str(result.metrics),
            "epochs": result.epochs,
            "validation_accuracy": result.validation_accuracy,
            "test_accuracy": result.test_accuracy,
            "test_samples": result.test_samples,
        },
        f"{result.checkpoint}: {result.epochs} epochs, "
        f"{result.validation_accuracy:.2%} of validation{test}",
    )
