"""`edgeattn bench BUNDLE`: latency and memory, on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edgeattn.cli.voice import Voice, spoken


@click.command("bench")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--precision", help="Only this one, and fp32 beside it.  [default: all]")
@click.option("--engine", metavar="NAME", help="onnx, tflite, or an engine's name.  [default: all]")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--warmup", type=click.IntRange(min=0), default=20, show_default=True, help="Rounds before."
)
@click.option(
    "--iterations", type=click.IntRange(min=1), default=200, show_default=True, help="Rounds timed."
)
@click.option(
    "--min-speedup",
    type=click.FloatRange(min=0, min_open=True),
    metavar="X",
    help="Gate: be so many times as fast as fp32.  [default: off]",
)
@click.option("--memory/--no-memory", default=True, show_default=True, help="Measure peak memory.")
@spoken
def bench_command(
    bundle: Path,
    precision: str | None,
    engine: str | None,
    threads: int,
    warmup: int,
    iterations: int,
    min_speedup: float | None,
    memory: bool,
    voice: Voice,
) -> None:
    """Measure how fast BUNDLE runs here.

    Files take turns (A, B, A, B), so that a machine that drifts favours none of them.
    """
    from edgeattn_runtime.bench import bench_bundle
    from edgeattn_runtime.bundle import open_bundle

    with voice.progress() as progress:
        report = bench_bundle(
            open_bundle(bundle),
            precision=precision,
            threads=threads,
            warmup=warmup,
            iterations=iterations,
            engines=None if engine is None else (engine,),
            memory=memory,
            min_speedup=min_speedup,
            progress=None
            if progress is None
            else lambda done, wanted: progress(f"round {done} of {wanted}", done / wanted),
        )
    voice.result(report.to_json(), report.text().rstrip())
    sys.exit(0 if report.verdict.passed else 1)
