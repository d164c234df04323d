"""Every measurement joins the run history, unless --no-record says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from edgeattn.cli.voice import Voice

Function = TypeVar("Function", bound=Callable[..., Any])


def recorded(function: Function) -> Function:
    """Give a command --no-record, and pass it on as `record`."""
    option = click.option(
        "--record/--no-record",
        default=True,
        show_default=True,
        help="Add the report to the run history (`edgeattn runs`).",
    )
    return option(function)


def keep(report: Mapping[str, Any], command: str, voice: Voice, device: str = "local") -> None:
    """Add a report to the run history; where that fails, say so: the measurement stands."""
    from edgeattn.runs.history import append_run
    from edgeattn_runtime.errors import BadInput

    try:
        append_run(report, command, device)
    except BadInput as fault:
        voice.note(f"Warning: this run is not recorded: {fault}")
