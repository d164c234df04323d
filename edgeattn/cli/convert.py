"""`edgeattn convert MODEL --out DIR`: model -> bundle, with the proof."""

from __future__ import annotations

from pathlib import Path

import click

from edgeattn.cli.duration import read_duration
from edgeattn.cli.finite import FiniteRange
from edgeattn.cli.outcome import end_with
from edgeattn.cli.recording import keep, recorded
from edgeattn.cli.settings import read_settings
from edgeattn.cli.voice import Voice, spoken

FORMATS = ("onnx", "tflite")


def split_formats(
    ctx: click.Context, param: click.Parameter, value: str | list[str] | tuple[str, ...]
) -> tuple[str, ...]:
    """Turn "onnx,tflite" (or a list out of a configuration file) into a tuple without repeats."""
    words = value.split(",") if isinstance(value, str) else value
    formats = tuple(dict.fromkeys(str(word).strip() for word in words if str(word).strip()))
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise click.BadParameter(f"choose from {', '.join(FORMATS)}; {value!r} is not among them")
    return formats


@click.command("convert")
@click.argument("model")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The bundle."
)
@click.option(
    "--to",
    "formats",
    type=click.UNPROCESSED,  # a string as typed, or a list out of --config
    default="onnx,tflite",
    metavar="onnx,tflite",
    show_default=True,
    callback=split_formats,
    help="Formats to write.",
)
@click.option(
    "--precision",
    type=click.Choice(["int8"]),
    default="int8",
    show_default=True,
    help="Of weights and activations.",
)
@click.option(
    "--calib", metavar="DATA", help="Samples to calibrate with.  [default: the zoo model's own]"
)
@click.option(
    "--eval",
    "evaluation",
    metavar="DATA",
    help="Labelled samples to measure accuracy on.  [default: the zoo model's own]",
)
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    default=256,
    show_default=True,
    help="Calibrate with at most so many.",
)
@click.option(
    "--max-drop",
    type=FiniteRange(min=0),
    default=1.0,
    show_default=True,
    metavar="PP",
    help="Gate: lose at most so many points of accuracy.",
)
@click.option(
    "--min-speedup",
    type=FiniteRange(min=0, min_open=True),
    metavar="X",
    help="Gate: be so many times as fast as fp32.  [default: off]",
)
@click.option(
    "--search/--no-search",
    default=None,
    help="Search per-layer precision even where a uniform one holds the gates, or never.  "
    "[default: where none does]",
)
@click.option(
    "--search-budget",
    "search_budget_s",
    type=click.UNPROCESSED,
    default="3m",
    metavar="TIME",
    show_default=True,
    callback=read_duration,
    help="Stop the search after so long; the same command resumes it.",
)
@click.option(
    "--recipe", metavar="NAME|FILE", help="How to quantise.  [default: named by --precision]"
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Threads to measure with.",
)
@click.option(
    "--target",
    metavar="NAME[,NAME]",
    help="A device (raspberry-pi-5, ...), a class of CPU (arm64, ...), an engine (tensorrt, ...), "
    "a profile (FILE.toml), or several.  "
    "[default: this machine]",
)
@click.option(
    "--allow-random", is_flag=True, help="Accept random calibration samples (no accuracy then)."
)
@click.option("--keep-steps", is_flag=True, help="Keep the program after every pass in DIR/steps.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
@click.option("--force", is_flag=True, help="Replace the bundle at --out.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    is_eager=True,
    expose_value=False,
    callback=read_settings,
    help="Take every value that is not given from FILE.",
)
@recorded
@spoken
def convert_command(
    model: str,
    out: Path,
    formats: tuple[str, ...],
    precision: str,
    calib: str | None,
    evaluation: str | None,
    samples: int,
    max_drop: float,
    min_speedup: float | None,
    search: bool | None,
    search_budget_s: float,
    recipe: str | None,
    threads: int,
    target: str | None,
    allow_random: bool,
    keep_steps: bool,
    dry_run: bool,
    force: bool,
    record: bool,
    voice: Voice,
) -> None:
    """Turn MODEL into a bundle that a device can run, and prove it.

    MODEL is a zoo name, a checkpoint, file.py:factory, package.module:factory, a .pt2, .onnx,
    .tflite or .keras file, timm:NAME or hf:NAME. DATA is a data set's name, a folder of class
    folders, or an .npz with `x` and `y`.
    """
    from edgeattn.conversion import convert  # torch loads only when it is needed

    with voice.progress() as progress:
        conversion = convert(
            model,
            out=out,
            formats=formats,
            calib=calib,
            evaluation=evaluation,
            samples=samples,
            recipe=recipe or precision,
            max_drop=max_drop,
            min_speedup=min_speedup,
            search=search,
            search_budget_s=search_budget_s,
            allow_random=allow_random,
            force=force,
            threads=threads,
            target=target,
            keep_steps=keep_steps,
            dry_run=dry_run,
            progress=progress,
        )
    if record and conversion.bundle is not None:
        keep(conversion.report, "convert", voice)
    end_with(conversion, voice)
