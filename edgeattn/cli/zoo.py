"""`edgeattn zoo [NAME]`: the models that are ready to use, as measured."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING, Any

import click

from edgeattn.cli.voice import Voice, spoken

if TYPE_CHECKING:
    from edgeattn.report.zoo import Row

WIDTH = 100  # columns, where nobody looks at a terminal


@click.command("zoo")
@click.argument("name", required=False)
@spoken
def zoo_command(name: str | None, voice: Voice) -> None:
    """List the models that are ready to use, or tell all of NAME."""
    from edgeattn.models.catalog import ZOO, zoo_entry
    from edgeattn.models.catalog.measured import figures_of
    from edgeattn.report.zoo import Row, card_text, zoo_text

    chosen = ZOO if name is None else {name: zoo_entry(name)}
    rows = [Row(key, entry, figures_of(key)) for key, entry in chosen.items()]
    width = shutil.get_terminal_size((WIDTH, 24)).columns
    text = zoo_text(rows, width) if name is None else card_text(rows[0], width)
    voice.result({"models": [facts(row) for row in rows]}, text)


def facts(row: Row) -> dict[str, Any]:
    """Return what --json says of a model; None, there null, where nothing was measured."""
    entry, figures = row.entry, row.figures
    return {
        "name": row.name,
        "summary": entry.summary,
        "params": entry.params,
        "macs": entry.macs,
        "dataset": entry.dataset,
        "baseline_for": entry.baseline_for,
        "input_shape": list(entry.input_shape),
        "trained": entry.checkpoint is not None,
        "accuracy": row.accuracy,
        "accuracy_interval": None if figures is None else figures.accuracy_interval,
        "test_samples": None if figures is None else figures.test_samples,
        "checkpoint_bytes": None if figures is None else figures.checkpoint_bytes,
        "engines": None
        if figures is None
        else {name: dataclasses.asdict(one) for name, one in figures.engines.items()},
        "measured": None
        if figures is None
        else {
            "created": figures.created, "cpu": figures.cpu, "cpu_class": figures.cpu_class,
            "threads": 1, "batch": 1,
        },
    }  # fmt: skip
