"""`edgeattn zoo`: the models that are ready to use."""

from __future__ import annotations

import click

from edgeattn.cli.voice import Voice, spoken


@click.command("zoo")
@spoken
def zoo_command(voice: Voice) -> None:
    """List the models that are ready to use."""
    from edgeattn.models.catalog import ZOO
    from edgeattn.report import quantities as q
    from edgeattn.report.terminal import table

    facts = [
        {
            "name": name,
            "summary": entry.summary,
            "params": entry.params,
            "macs": entry.macs,
            "dataset": entry.dataset,
            "accuracy": entry.accuracy,
            "input_shape": list(entry.input_shape),
            "trained": entry.checkpoint is not None,
        }
        for name, entry in ZOO.items()
    ]
    rows = [
        (
            name,
            q.count(entry.params),
            q.count(entry.macs),
            "-" if entry.accuracy is None else q.percent(entry.accuracy),
            "shipped" if entry.checkpoint else "to be trained",
            entry.dataset,
        )
        for name, entry in ZOO.items()
    ]
    headings = ("Model", "Parameters", "MACs", "Accuracy", "Weights", "Data set")
    summaries = [f"{name}: {entry.summary}" for name, entry in ZOO.items()]
    text = "\n".join([table(headings, rows, words=(0, 4, 5)), "", *summaries])
    voice.result({"models": facts}, text)
