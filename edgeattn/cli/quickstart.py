"""`edgeattn quickstart`: the main job on the embedded default."""

from __future__ import annotations

from pathlib import Path

import click

from edgeattn.cli.outcome import end_with
from edgeattn.cli.voice import Voice, spoken


@click.command("quickstart")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("edgeattn-quickstart"),
    show_default=True,
    help="The bundle.",
)
@click.option("--force", is_flag=True, help="Replace the bundle at --out.")
@spoken
def quickstart_command(out: Path, force: bool, voice: Voice) -> None:
    """Convert the embedded model with real photos, and prove it."""
    from edgeattn.quickstart import quickstart  # torch loads only when it is needed

    with voice.progress() as progress:
        conversion = quickstart(out, progress=progress, force=force)
    end_with(conversion, voice)
