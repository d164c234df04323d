"""Durations on the command line: 90s, 3m, 1h."""

from __future__ import annotations

import click


def read_duration(
    ctx: click.Context, param: click.Parameter, value: str | int | float | None
) -> float | None:  # a number where --config writes one
    """Turn "3m" or "90s" into seconds; what was not given stays None."""
    from edgeattn_runtime.duration import duration_s

    if value is None:
        return None
    try:
        return duration_s(str(value))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no duration; give 90s, 3m or 1h") from error
