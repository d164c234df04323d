"""`edgeattn trtexec BUNDLE`: build and time with TensorRT's own tool, and read what it found."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from edgeattn.cli.voice import Voice, spoken


@click.command("trtexec")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the board.  [default: BUNDLE-trtexec]",
)
@click.option("--run", "run_here", is_flag=True, help="Run it on this machine, and read it.")
@click.option("--read", type=click.Path(path_type=Path), help="Read a folder whose run.sh has run.")
@click.option("--precision", help="Only fp32, fp16 or int8.  [default: all]")
@click.option("--tensorrt", type=int, default=10, show_default=True, help="Its major version.")
@click.option("--strongly-typed", is_flag=True, help="Take the file's types as they are.")
@click.option("--optimisation", type=int, metavar="0..5", help="Effort of the builder.")
@click.option("--workspace-mb", type=int, metavar="MB", help="Memory a kernel may use.")
@click.option("--warmup-ms", type=int, default=500, show_default=True)
@click.option("--iterations", type=int, default=200, show_default=True)
@click.option("--device", "gpu", type=int, default=0, show_default=True, help="Which GPU.")
@spoken
def trtexec_command(
    bundle: Path,
    out: Path | None,
    run_here: bool,
    read: Path | None,
    precision: str | None,
    tensorrt: int,
    strongly_typed: bool,
    optimisation: int | None,
    workspace_mb: int | None,
    warmup_ms: int,
    iterations: int,
    gpu: int,
    voice: Voice,
) -> None:
    """Build and time BUNDLE with TensorRT's trtexec.

    Without --run, a folder is written that needs nothing of EdgeAttn on the board: copy it to the
    Jetson, `sh run.sh` there, copy it back, and --read it.
    """
    from edgeattn.trtexec.folder import run_folder, write_folder
    from edgeattn.trtexec.measured import report_of
    from edgeattn.trtexec.run import runs_of
    from edgeattn.trtexec.settings import Settings
    from edgeattn_runtime.bundle import open_bundle
    from edgeattn_runtime.errors import BadUsage

    if run_here and read is not None:
        raise BadUsage("--run measures and --read reads what was measured; give one of them")
    opened = open_bundle(bundle)
    settings = Settings(
        tensorrt=tensorrt,
        strongly_typed=strongly_typed,
        optimisation=optimisation,
        workspace_mb=workspace_mb,
        warmup_ms=warmup_ms,
        iterations=iterations,
        device=gpu,
    )
    runs = runs_of(opened, settings, precision)
    folder = read or out or bundle.with_name(f"{bundle.resolve().name}-trtexec")
    if read is None:
        script = write_folder(opened, runs, settings, folder)
        if not run_here:
            inputs = [port.name for port in opened.manifest.inputs]
            commands = [["trtexec", *run.command(settings, inputs)] for run in runs]
            facts = {"schema_version": 1, "folder": str(folder), "commands": commands}
            lines = [*map(shlex.join, commands), "", f"{script} runs them;"]
            lines.append(
                "then: " + shlex.join(["edgeattn", "trtexec", str(bundle), "--read", str(folder)])
            )
            voice.result(facts, "\n".join(lines))
            return
        run_folder(folder)
    report = report_of(opened, runs, folder)
    voice.result(report.to_json(), report.text().rstrip())
    sys.exit(0 if report.verdict.passed else 1)
