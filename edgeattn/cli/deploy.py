"""`edgeattn deploy BUNDLE DEVICE`: onto a board, and checked there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgeattn.cli.device import on_board_options, telling
from edgeattn.cli.finite import FiniteRange
from edgeattn.cli.voice import Voice, spoken

if TYPE_CHECKING:
    from edgeattn.deploy.connection import Traffic
    from edgeattn.deploy.deployment import Deployment


@click.command("deploy")
@click.argument("bundle", required=False, metavar="BUNDLE")
@click.argument("device", required=False)
@on_board_options
@click.option(
    "--engine",
    metavar="NAME",
    help="onnx, tflite, an engine's name, or webgpu, litert-gpu, cuda, tensorrt; auto chooses anew."
    "  [default: as the last deploy there, else auto]",
)
@click.option(
    "--kernels",
    type=click.Path(path_type=Path),
    metavar="WHEEL",
    help="Wheel of edgeattn-kernels for the board; it is kept here, and sent from then on.",
)
@click.option(
    "--max-drop",
    type=FiniteRange(min=0),
    default=1.0,
    show_default=True,
    metavar="PP",
    help="Gate of the check there: lose at most so many points of accuracy against fp32.",
)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--uninstall", is_flag=True, help="Take everything of edgeattn off DEVICE instead.")
@spoken
def deploy_command(
    bundle: str | None,
    device: str | None,
    folder: str | None,
    python: str | None,
    engine: str | None,
    kernels: Path | None,
    max_drop: float,
    threads: int,
    uninstall: bool,
    voice: Voice,
) -> None:
    """Put BUNDLE onto DEVICE and check it there.

    DEVICE is ssh://user@host[:port], adb://SERIAL or local. The runtime, the files of one engine
    and, when the board lacks it, that engine go into one folder there; nothing else is changed, and
    what is there already is not sent again.
    """
    if uninstall:
        _uninstall(device or bundle, folder, voice)
        return
    if bundle is None:
        raise click.UsageError("name a BUNDLE and a DEVICE: edgeattn deploy bundle ssh://pi@host")
    if device is None:
        raise click.UsageError("name the DEVICE too: ssh://user@host, adb://SERIAL or local")
    from edgeattn.deploy.connect import connect
    from edgeattn.deploy.deployment import deploy
    from edgeattn.deploy.remote import prove_on
    from edgeattn_runtime.bundle import open_bundle

    opened = open_bundle(Path(bundle))
    with connect(device) as board, telling(voice) as tell:
        deployment = deploy(
            opened, board,
            folder=folder, engine=engine, python=python, kernels=kernels, progress=tell,
        )  # fmt: skip
        tell("checking there")
        flags = ["--max-drop", str(max_drop), "--threads", str(threads)]
        report, back = prove_on(board, deployment, flags)
    for warning in deployment.warnings:
        voice.note(f"Warning: {warning}")
    facts = {
        "device": device,
        "deployment": deployment.to_json(),
        "traffic": board.traffic.to_json(),
        "warnings": list(deployment.warnings),
        "in_use_again": back,
        "report": report.to_json(),
    }
    words = [_summary(deployment, board.traffic), report.text().rstrip()]
    words += [f"The check failed: {back} is in use again."] if back else []
    voice.result(facts, "\n\n".join(words))
    sys.exit(0 if report.verdict.passed else 1)


def _summary(deployment: Deployment, traffic: Traffic) -> str:
    """Return where the bundle lies, in three lines."""
    moved = (
        f"{deployment.moved_bytes / 1e6:.2f} MB of files sent"
        if deployment.moved_bytes
        else "nothing had to be sent"
    )
    return (
        f"{deployment.facts.description}\n"
        f"  {deployment.release}, {moved}, {traffic.round_trips} round trips\n"
        f"  {deployment.choice.reason}"
    )


def _uninstall(device: str | None, folder: str | None, voice: Voice) -> None:
    if device is None:
        raise click.UsageError("name the DEVICE to take everything off")
    from edgeattn.deploy.connect import connect
    from edgeattn.deploy.uninstall import uninstall

    with connect(device) as board:
        place, size = uninstall(board, folder=folder)
    text = f"{place} is gone ({size / 1e6:.1f} MB)" if size else f"there is nothing at {place}"
    facts = {"device": device, "folder": place, "removed_bytes": size}
    voice.result({**facts, "traffic": board.traffic.to_json()}, text)
