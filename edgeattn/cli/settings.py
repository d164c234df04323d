"""`--config FILE`: a TOML file gives the values that the command line does not.

    model = "model.py:build"
    calib = "photos/"
    max-drop = 0.5

Keys are the names of the flags (`max-drop` or `max_drop`) and of the argument; they stand at the
top of the file or in a table named like the command. What is typed wins over what is written.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NEVER_WRITTEN = {"config", "help", "as_json", "verbose", "quiet"}


def read_settings(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Make what the file says the defaults of the command: the callback of an eager option."""
    if value is not None:
        ctx.default_map = {**(ctx.default_map or {}), **_settings(ctx, value)}
    return value


def _settings(ctx: click.Context, path: Path) -> dict[str, Any]:
    """Return {parameter name: value}; refuse keys that the command does not know."""
    table = _parsed(path)
    command = ctx.command.name or ""
    if isinstance(table.get(command), dict):
        table = table[command]
    names = _parameter_names(ctx.command)
    settings: dict[str, Any] = {}
    for key, value in table.items():
        name = names.get(key.replace("_", "-"))
        if name is None:
            known = ", ".join(sorted(names))
            raise click.UsageError(f"{path} sets {key!r}, which {command} does not know: {known}")
        settings[name] = value
    return settings


def _parsed(path: Path) -> dict[str, Any]:
    from edgeattn_runtime.errors import BadInput

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadInput(f"{path} is no TOML file: {fault}") from fault


def _parameter_names(command: click.Command) -> dict[str, str]:
    """Return {"max-drop": "max_drop", "eval": "evaluation", "evaluation": "evaluation", ...}."""
    names: dict[str, str] = {}
    for parameter in command.params:
        if parameter.name is None or parameter.name in NEVER_WRITTEN:
            continue
        for word in (*parameter.opts, parameter.name):
            if not (word.startswith("-") and not word.startswith("--")):
                names[word.removeprefix("--").replace("_", "-")] = parameter.name
    return names
