"""`edgeattn bench BUNDLE`: latency and memory, here or on a board."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from edgeattn.cli.device import device_options, end_with_run_on, is_elsewhere
from edgeattn.cli.finite import FiniteRange
from edgeattn.cli.recording import keep, recorded
from edgeattn.cli.voice import Voice, spoken


@click.command("bench")
@click.argument("bundle", type=click.Path(path_type=Path))
@device_options
@click.option("--precision", help="Only this one, and fp32 beside it.  [default: all]")
@click.option(
    "--engine",
    metavar="NAME",
    help="onnx, tflite, an engine's name, or webgpu, litert-gpu, cuda, tensorrt.  [default: all]",
)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--warmup", type=click.IntRange(min=0), default=20, show_default=True, help="Rounds before."
)
@click.option(
    "--iterations", type=click.IntRange(min=1), default=200, show_default=True, help="Rounds timed."
)
@click.option(
    "--min-speedup",
    type=FiniteRange(min=0, min_open=True),
    metavar="X",
    help="Gate: be so many times as fast as fp32.  [default: off]",
)
@click.option("--cores", metavar="LIST", help="Run on 0-3, 2,3, big or little alone.")
@click.option(
    "--sustained",
    metavar="TIME",
    help="Then run the fastest without a pause for 90s or 10m; Ctrl-C keeps what was measured.",
)
@click.option("--cold-start", is_flag=True, help="Time import, opening and first inference.")
@click.option("--per-op", is_flag=True, help="Time by kind of operator.")
@click.option("--energy", is_flag=True, help="Energy of an inference, where there is a sensor.")
@click.option("--memory/--no-memory", default=True, show_default=True, help="Measure peak memory.")
@recorded
@spoken
def bench_command(
    bundle: Path,
    device: str,
    folder: str | None,
    python: str | None,
    precision: str | None,
    engine: str | None,
    threads: int,
    warmup: int,
    iterations: int,
    min_speedup: float | None,
    cores: str | None,
    sustained: str | None,
    cold_start: bool,
    per_op: bool,
    energy: bool,
    memory: bool,
    record: bool,
    voice: Voice,
) -> None:
    """Measure how fast BUNDLE runs here.

    Files take turns (A, B, A, B), so that a machine that drifts favours none of them. With --device
    the bundle is deployed first, as far as it is not there yet, and the board measures itself.
    """
    sustained_s = None if sustained is None else _seconds(sustained)
    if is_elsewhere(device, folder, python):
        words = _words(click.get_current_context().params)
        end_with_run_on(
            device,
            bundle,
            ["bench", *words],
            voice,
            folder=folder,
            python=python,
            engine=engine,
            timeout_s=3600.0 + (sustained_s or 0.0),
            record=record,
        )
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
            cores=cores,
            sustained_s=sustained_s,
            cold_start=cold_start,
            per_op=per_op,
            energy=energy,
            progress=None
            if progress is None
            else lambda done, wanted: progress(f"round {done} of {wanted}", done / wanted),
            tell=None if progress is None else lambda doing: progress(doing, 1.0),
        )
    if record:
        keep(report.to_json(), "bench", voice)
    voice.result(report.to_json(), report.text().rstrip())
    sys.exit(0 if report.verdict.passed else 1)


def _seconds(text: str) -> float:
    from edgeattn_runtime.duration import duration_s

    try:
        return duration_s(text)
    except ValueError:
        raise click.UsageError(f"--sustained {text!r} is no time; write 90s, 10m or 1h") from None


def _words(chosen: Mapping[str, Any]) -> list[str]:
    """Return the flags for the runtime on the board: those given here, under the same names."""
    words = ["--threads", str(chosen["threads"]), "--warmup", str(chosen["warmup"])]
    words += ["--iterations", str(chosen["iterations"])]
    for name in ("precision", "min_speedup", "cores", "sustained"):
        if chosen[name] is not None:
            words += [f"--{name.replace('_', '-')}", str(chosen[name])]
    words += [f"--{n.replace('_', '-')}" for n in ("cold_start", "per_op", "energy") if chosen[n]]
    return words if chosen["memory"] else [*words, "--no-memory"]
