"""`edgeattn prune`: a trained model -> a smaller one."""

from __future__ import annotations

from pathlib import Path

import click

from edgeattn.cli.voice import Voice, spoken


class Share(click.ParamType[float]):
    """A share: `50%` or `0.5`."""

    name = "share"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the share as a number; 50% is 0.5."""
        text = str(value).strip()
        try:
            return float(text[:-1]) / 100 if text.endswith("%") else float(text)
        except ValueError:
            self.fail(f"{value!r} is no share; write 50% or 0.5", param, ctx)


@click.command("prune")
@click.argument("checkpoint")
@click.option("--data", required=True, help="A data set's name, a folder of class folders, .npz.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The new checkpoint (.pt); for a module of your own its graph (.pt2).",
)
@click.option("--heads", type=Share(), help="Share of the attention heads to remove.")
@click.option("--channels", type=Share(), help="Share of the channels to remove.")
@click.option("--tokens", type=Share(), default=0.0, help="Share of the tokens to drop on the way.")
@click.option("--target-macs", type=Share(), help="Share of the multiply-accumulates to keep.")
@click.option(
    "--target-latency-ratio", type=Share(), help="int8 latency to reach, relative to before."
)
@click.option(
    "--score",
    default="taylor",
    show_default=True,
    help="magnitude, taylor, or entropy (heads only, channels by magnitude).",
)
@click.option("--finetune-epochs", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Steps towards the goal, with a part of the epochs after each.",
)
@click.option("--teacher/--no-teacher", default=True, show_default=True, help="Distil from before.")
@click.option(
    "--format",
    "format",
    type=click.Choice(["onnx", "tflite"]),
    default="onnx",
    show_default=True,
    help="The file whose latency counts.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--force", is_flag=True, help="Replace the file at --out.")
@spoken
def prune_command(
    checkpoint: str,
    data: str,
    out: Path,
    heads: float | None,
    channels: float | None,
    tokens: float,
    target_macs: float | None,
    target_latency_ratio: float | None,
    score: str,
    finetune_epochs: int,
    rounds: int,
    teacher: bool,
    format: str,
    seed: int,
    force: bool,
    voice: Voice,
) -> None:
    r"""Make a smaller model of CHECKPOINT; the original stays as it is.

    CHECKPOINT is what `edgeattn train` wrote, a name of `edgeattn zoo`, or `file.py:factory`.
    Whole heads and channels leave, so that the exported graph shrinks.

    \b
    Example: edgeattn prune gesture-hybrid --data gestures --target-macs 50% \
                 --finetune-epochs 10 --out small.pt
    """
    from edgeattn.pruning.choices import Choices
    from edgeattn.pruning.prune import prune

    choices = Choices(
        heads=heads,
        channels=channels,
        tokens=tokens,
        score=score,
        target_macs=target_macs,
        target_latency_ratio=target_latency_ratio,
        finetune_epochs=finetune_epochs,
        rounds=rounds,
        teacher=teacher,
        format=format,
        seed=seed,
    )
    with voice.progress() as progress:
        result = prune(checkpoint, data, out=out, choices=choices, force=force, progress=progress)
    voice.result(result.to_json(), result.text())
    raise SystemExit(0 if result.passed else 1)
