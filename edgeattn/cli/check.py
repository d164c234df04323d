"""`edgeattn check BUNDLE`: does it still answer as it should, on this machine?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edgeattn.cli.voice import Voice, spoken


@click.command("check")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--data", metavar="DATA", help="Labelled samples.  [default: those in the bundle, at most 100]"
)
@click.option("--engine", metavar="NAME", help="onnx, tflite, or an engine's name.  [default: all]")
@click.option(
    "--max-drop",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    metavar="PP",
    help="Gate: lose at most so many points of accuracy against fp32.",
)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@spoken
def check_command(
    bundle: Path, data: str | None, engine: str | None, max_drop: float, threads: int, voice: Voice
) -> None:
    """Check BUNDLE against its golden outputs.

    Every model file whose engine is installed has to give what the conversion promised, and to
    keep its accuracy on labelled samples.
    """
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
    voice.result(report.to_json(), report.text().rstrip())
    sys.exit(0 if report.verdict.passed else 1)
