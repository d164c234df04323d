"""`edgeattn doctor`: what this machine has, what is missing, and what adds it."""

from __future__ import annotations

import dataclasses
import sys

import click

from edgeattn.cli.voice import Voice, spoken


@click.command("doctor")
@spoken
def doctor_command(voice: Voice) -> None:
    """Say what this machine has, and what is missing."""
    from edgeattn.doctor import examine

    diagnosis = examine()
    voice.result({**dataclasses.asdict(diagnosis), "healthy": diagnosis.healthy}, diagnosis.text())
    sys.exit(0 if diagnosis.healthy else 3)
