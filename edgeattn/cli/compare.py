"""`edgeattn compare RUN RUN`: two runs, side by side, when they may be compared."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from edgeattn.cli.voice import Voice, spoken

RUN = click.Path(exists=True, path_type=Path)


@click.command("compare")
@click.argument("first", metavar="RUN", type=RUN)
@click.argument("second", metavar="RUN", type=RUN)
@click.option("--force", is_flag=True, help="Compare although machine or engine differ.")
@spoken
def compare_command(first: Path, second: Path, force: bool, voice: Voice) -> None:
    """Compare two runs measured under like conditions.

    RUN is a report.json (from convert, check or bench --json) or a bundle that holds one.
    """
    from edgeattn.compare import compare, load_run

    comparison = compare(load_run(first), load_run(second), force=force)
    voice.result(dataclasses.asdict(comparison), comparison.text())
