"""`edgeattn audit`: is attention worth it on these data?"""

from __future__ import annotations

from pathlib import Path

import click

from edgeattn.cli.convert import split_formats
from edgeattn.cli.duration import read_duration
from edgeattn.cli.voice import Voice, spoken


@click.command("audit")
@click.option("--data", required=True, help="A data set's name, a folder of class folders, .npz.")
@click.option(
    "--budget",
    "budget_s",
    metavar="TIME",
    callback=read_duration,
    help="Wall time for everything: 10m, 1h.  [default: 10m]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("edgeattn-audit"),
    show_default=True,
    help="Folder for audit.json, audit.html, and a bundle of each candidate.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    help="Instead of --budget: the same command gives the same weights again.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--to",
    "formats",
    default="onnx,tflite",
    metavar="onnx,tflite",
    show_default=True,
    callback=split_formats,
    help="Formats whose int8 files are compared.",
)
@click.option(
    "--image-size",
    type=click.IntRange(min=8, max=512),
    default=64,
    show_default=True,
    help="Height and width for a folder of photos.",
)
@click.option("--resume", is_flag=True, help="Go on with what --out holds.")
@spoken
def audit_command(
    data: str,
    budget_s: float | None,
    out: Path,
    epochs: int | None,
    seed: int,
    formats: tuple[str, ...],
    image_size: int,
    resume: bool,
    voice: Voice,
) -> None:
    """Say whether attention is worth it on DATA, by trying.

    Trains a CNN, a recurrent model, attention with one head and with several, and a hybrid, all
    with the same number of multiply-accumulates and epochs, converts them to int8, and compares
    them on the same test samples. "Not decided by so many samples" is an answer, too.

    \b
    Example: edgeattn audit --data gestures --budget 10m
             edgeattn audit --data recordings.npz --budget 1h --out out/audit --json
    """  # noqa: D301  # \b keeps click from filling the examples
    if budget_s is not None and epochs is not None:
        raise click.UsageError("--budget and --epochs contradict each other; give one")
    from edgeattn.audit.audit import audit  # torch loads only when it is needed

    try:
        with voice.progress() as progress:
            audited = audit(
                data,
                out=out,
                budget_s=budget_s,
                epochs=epochs,
                seed=seed,
                formats=formats,
                image_size=image_size,
                resume=resume,
                progress=progress,
            )
    except KeyboardInterrupt:
        if out.is_dir():
            voice.note(f"what is finished is in {out}; --resume goes on after the last whole epoch")
        raise
    voice.result(audited.to_json(), audited.text())
    voice.note(f"\nReport: {out / 'audit.html'}")
