"""`edgeattn lint MODEL`: what would hurt, before 20 minutes of work."""

from __future__ import annotations

import dataclasses
import sys

import click

from edgeattn.cli.voice import Voice, spoken


@click.command("lint")
@click.argument("model")
@click.option(
    "--target",
    metavar="NAME",
    help="A class of CPU (x86-vnni, x86, arm64, ...) or a policy.  [default: this machine]",
)
@spoken
def lint_command(model: str, target: str | None, voice: Voice) -> None:
    """Say what would hurt MODEL on a device, and what to do about it.

    MODEL is what `edgeattn convert` takes. The exit code is 1 when it cannot be converted.
    """
    from edgeattn.linting import lint  # torch loads only when it is needed
    from edgeattn.report.findings import render_findings

    linted = lint(model, target=target)
    facts = {**dataclasses.asdict(linted), "convertible": linted.convertible}
    voice.result(facts, render_findings(linted.model, linted.targets, linted.findings))
    sys.exit(0 if linted.convertible else 1)
