"""What `deploy`, `check --device` and `bench --device` share: flags, and the run on the board."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from edgeattn.cli.recording import keep
from edgeattn.cli.voice import Voice

Function = TypeVar("Function", bound=Callable[..., Any])

DEVICE = "ssh://user@host[:port], adb://SERIAL or local."


def on_board_options(function: Function) -> Function:
    """Give a command --dir and --python."""
    place = click.option(
        "--dir",
        "folder",
        metavar="PATH",
        help="Folder on the board, as seen from its home folder.  [default: ~/.edgeattn there]",
    )
    python = click.option(
        "--python", metavar="PATH", help="Interpreter on the board.  [default: found there]"
    )
    return place(python(function))


def device_options(function: Function) -> Function:
    """Give a command --device, --dir and --python."""
    device = click.option(
        "--device", default="local", show_default=True, metavar="DEVICE", help=f"Where: {DEVICE}"
    )
    return device(on_board_options(function))


def is_elsewhere(device: str, folder: str | None, python: str | None) -> bool:
    """Return whether a --device is another machine; --dir and --python mean nothing here."""
    if device == "local" and (folder is not None or python is not None):
        raise click.UsageError("--dir and --python are for a board; name it with --device")
    return device != "local"


@contextmanager
def telling(voice: Voice) -> Iterator[Callable[[str], None]]:
    """Yield a function that says what is being done, where somebody looks."""
    with voice.progress() as progress:
        yield lambda doing: None if progress is None else progress(doing, 0.0)


def end_with_run_on(
    device: str,
    bundle: Path,
    words: Sequence[str],
    voice: Voice,
    *,
    folder: str | None,
    python: str | None,
    engine: str | None,
    data: str | None = None,
    timeout_s: float = 3600.0,
    record: bool = True,
) -> NoReturn:
    """Deploy what the board lacks, run `words` there, print its report, exit with its gates.

    Args:
        device: An address.
        bundle: The bundle's folder here.
        words: "check" or "bench", then flags for the runtime on the board.
        voice: How the command speaks.
        folder: Where on the board.
        python: Interpreter there.
        engine: "onnx", "tflite" or an engine's name.
        data: Samples to check with, as typed.
        timeout_s: When to give up, in seconds.
        record: Whether the report joins the run history here.
    """
    from edgeattn.deploy.connect import connect
    from edgeattn.deploy.deployment import deploy
    from edgeattn.deploy.payload import DATA
    from edgeattn.deploy.remote import prove_on, run_on
    from edgeattn_runtime.bundle import open_bundle

    opened = open_bundle(bundle)
    samples = None if data is None else _packed(opened, data)
    with connect(device) as board, telling(voice) as tell:
        deployment = deploy(
            opened,
            board,
            folder=folder,
            engine=engine,
            python=python,
            data=samples,
            progress=tell,
        )
        tell(f"running {words[0]} on {board.name}")
        extra = [] if data is None else ["--data", f"{deployment.release}/{DATA}"]
        if words[0] == "check":
            report, back = prove_on(board, deployment, [*words[1:], *extra])
        else:
            report, back = run_on(board, deployment, [*words, *extra], timeout_s=timeout_s), None
    for warning in deployment.warnings:
        voice.note(f"Warning: {warning}")
    if back is not None:
        voice.note(f"The check failed: {back} is in use again on {device}.")
    if record:
        keep(report.to_json(), words[0], voice, device)
    voice.result(report.to_json(), f"{deployment.facts.description}\n\n{report.text().rstrip()}")
    sys.exit(0 if report.verdict.passed else 1)


def _packed(opened: Any, data: str) -> bytes:
    """Return samples as the bytes of an `.npz` that the board's runtime reads."""
    import tempfile

    from edgeattn.bundle_samples import samples_for

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        samples_for(opened, data).write(path)
        return path.read_bytes()
