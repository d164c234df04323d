"""`edgeattn compare RUN RUN`: two runs, side by side, when they may be compared."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from edgeattn.cli.voice import Voice, spoken


def named_run(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Accept a file or folder that exists, or a number."""
    if not value.isdecimal() and not Path(value).exists():
        raise click.BadParameter(f"there is no file {value!r}; give a report, a bundle or a number")
    return value


@click.command("compare")
@click.argument("first", metavar="RUN", callback=named_run)
@click.argument("second", metavar="RUN", callback=named_run)
@click.option("--force", is_flag=True, help="Compare although the runs are unlike or disturbed.")
@spoken
def compare_command(first: str, second: str, force: bool, voice: Voice) -> None:
    """Compare two runs measured under like conditions.

    RUN is a number out of `edgeattn runs`, a report.json (from convert, check or bench --json), or
    a bundle that holds one.
    """
    from edgeattn.compare import compare, load_run

    comparison = compare(load_run(first), load_run(second), force=force)
    voice.result(dataclasses.asdict(comparison), comparison.text())
