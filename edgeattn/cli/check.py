"""`edgeattn check BUNDLE`: does it still answer as it should, here or on a board?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edgeattn.cli.device import device_options, end_with_run_on, is_elsewhere
from edgeattn.cli.finite import FiniteRange
from edgeattn.cli.recording import keep, recorded
from edgeattn.cli.voice import Voice, spoken


@click.command("check")
@click.argument("bundle", type=click.Path(path_type=Path))
@device_options
@click.option(
    "--data", metavar="DATA", help="Labelled samples.  [default: those in the bundle, at most 100]"
)
@click.option(
    "--engine",
    metavar="NAME",
    help="onnx, tflite, an engine's name, or webgpu, litert-gpu, cuda, tensorrt.  [default: all]",
)
@click.option(
    "--max-drop",
    type=FiniteRange(min=0),
    default=1.0,
    show_default=True,
    metavar="PP",
    help="Gate: lose at most so many points of accuracy against fp32.",
)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@recorded
@spoken
def check_command(
    bundle: Path,
    device: str,
    folder: str | None,
    python: str | None,
    data: str | None,
    engine: str | None,
    max_drop: float,
    threads: int,
    record: bool,
    voice: Voice,
) -> None:
    """Check BUNDLE against its golden outputs.

    Every model file whose engine is installed has to give what the conversion promised, and to
    keep its accuracy on labelled samples. With --device it is deployed first, as far as it is not
    there yet, and checked on the board with one engine.
    """
    if is_elsewhere(device, folder, python):
        flags = ["--max-drop", str(max_drop), "--threads", str(threads)]
        end_with_run_on(
            device,
            bundle,
            ["check", *flags],
            voice,
            folder=folder,
            python=python,
            engine=engine,
            data=data,
            record=record,
        )
    from edgeattn.bundle_samples import samples_for
    from edgeattn_runtime.bundle import open_bundle
    from edgeattn_runtime.check import check_bundle
    from edgeattn_runtime.report import Gates

    opened = open_bundle(bundle)
    with voice.progress() as progress:
        report = check_bundle(
            opened,
            data=None if data is None else samples_for(opened, data),
            threads=threads,
            engines=None if engine is None else (engine,),
            gates=Gates(max_drop_pp=max_drop),
            progress=None if progress is None else lambda doing: progress(doing, 0.0),
        )
    if record:
        keep(report.to_json(), "check", voice)
    voice.result(report.to_json(), report.text().rstrip())
    sys.exit(0 if report.verdict.passed else 1)
