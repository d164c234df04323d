"""`edgeattn runs`: list, show and plot what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edgeattn.cli.voice import Voice, spoken


def filters(function: Any) -> Any:
    """Give a command --model, --machine and --limit."""
    options = (
        click.option("--model", metavar="NAME", help="Only models whose name contains NAME."),
        click.option("--machine", metavar="NAME", help="Only machines or devices so named."),
        click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.group("runs", invoke_without_command=True)
@filters
@spoken
@click.pass_context
def runs_command(
    ctx: click.Context,
    model: str | None,
    machine: str | None,
    limit: int,
    voice: Voice,
) -> None:
    """List, show and plot what was measured.

    Every convert, check and bench joins the history, a SQLite file in your data folder, or where
    EDGEATTN_RUNS points.
    """
    if ctx.invoked_subcommand is not None:
        return
    from edgeattn.runs.history import list_runs
    from edgeattn.runs.table import facts_of, table_of

    runs = list_runs(model=model, machine=machine, limit=limit)
    text = table_of(runs)
    if not runs and (model or machine):
        text = "No run of that model or machine is recorded; `edgeattn runs` lists all."
    voice.result({"runs": [facts_of(run) for run in runs]}, text)


@runs_command.command("show")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write its card too.")
@spoken
def show_command(number: int, html: Path | None, voice: Voice) -> None:
    """Print the report of run NUMBER again."""
    from edgeattn.report.terminal import render_text
    from edgeattn.runs.history import read_run

    run = read_run(number)
    if html is not None:
        from edgeattn.report.card import render_html

        html.write_text(render_html(run.report), encoding="utf-8")
        voice.note(f"Card: {html}")
    voice.result(
        run.report, f"{run.command} on {run.device}, {run.created}\n" + render_text(run.report)
    )


@runs_command.command("plot")
@click.argument("number", type=click.IntRange(min=1), required=False)
@filters
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The .svg or .html to write.",
)
@spoken
def plot_command(
    number: int | None,
    model: str | None,
    machine: str | None,
    limit: int,
    out: Path,
    voice: Voice,
) -> None:
    """Draw the medians of all runs, or the sustained curves of run NUMBER."""
    from edgeattn.runs.history import list_runs, read_run
    from edgeattn.runs.plot import draw_history, draw_sustained, require_suffix, write_drawing

    require_suffix(out)
    if number is None:
        drawing = draw_history(list_runs(model=model, machine=machine, limit=limit))
    else:
        drawing = draw_sustained(read_run(number))
    write_drawing(out, drawing, "EdgeAttn runs")
    voice.result({"file": str(out)}, str(out))
