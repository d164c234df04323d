"""How a command speaks: the result on stdout, everything else on stderr.

--json          the result alone, as JSON, on stdout
-q, --quiet     the result only: no progress, no notes
-v, --verbose   also the log, third-party warnings and tracebacks (-vv: debug log)
"""

from __future__ import annotations

import functools
import json
import logging
import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from edgeattn.cli.noise import mute_third_parties

SCHEMA_VERSION = 1  # of what commands without a schema of their own print with --json
LOGGERS = ("edgeattn", "edgeattn_converters", "edgeattn_runtime")
_META_KEY = "edgeattn.verbosity"

Function = TypeVar("Function", bound=Callable[..., Any])
Progress = Callable[[str, float], None]  # what is being done, share done in [0, 1]


@dataclass(frozen=True, kw_only=True)
class Voice:
    """What the user asked to hear.

    Attributes:
        as_json: The result is printed as JSON and nothing else goes to stdout.
        quiet: Nothing but the result.
        verbose: 0, 1 (log, warnings, tracebacks) or 2 (debug log).
    """

    as_json: bool = False
    quiet: bool = False
    verbose: int = 0

    def result(self, facts: Mapping[str, Any], text: str) -> None:
        """Print the result: `facts` with --json, `text` without."""
        if self.as_json:
            whole = _plain({"schema_version": SCHEMA_VERSION, **facts})
            click.echo(json.dumps(whole, indent=2, allow_nan=False, default=str))
        else:
            click.echo(_shown(text))

    def note(self, text: str) -> None:
        """Print a remark on stderr, unless the user wants none."""
        if not self.quiet:
            click.echo(_shown(text), err=True)

    @contextmanager
    def progress(self) -> Iterator[Progress | None]:
        """Yield a function that draws progress on a terminal; None where nobody looks."""
        if self.quiet or "CI" in os.environ or not sys.stderr.isatty():
            yield None
            return
        try:
            from edgeattn.cli.progress import draw_progress
        except ModuleNotFoundError:  # rich comes with the extra `train`
            yield None
            return
        with draw_progress() as report:
            yield report

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Show the log and warnings as asked, and leave the process as it was."""
        level = {0: logging.WARNING, 1: logging.INFO}.get(self.verbose, logging.DEBUG)
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        before = {name: logging.getLogger(name).level for name in LOGGERS}
        for name in LOGGERS:
            logging.getLogger(name).addHandler(handler)
            logging.getLogger(name).setLevel(level)
        try:
            with warnings.catch_warnings():
                if not self.verbose:
                    mute_third_parties()
                yield
        finally:
            for name, old_level in before.items():
                logging.getLogger(name).removeHandler(handler)
                logging.getLogger(name).setLevel(old_level)


def spoken(function: Function) -> Function:
    """Give a command --json, -v and -q, and pass them to it as `voice`."""

    @click.option("--json", "as_json", is_flag=True, help="Print the result alone, as JSON.")
    @click.option("-v", "--verbose", count=True, help="Also the log, warnings and tracebacks.")
    @click.option("-q", "--quiet", is_flag=True, help="No progress and no notes.")
    @functools.wraps(function)
    def command(*args: Any, as_json: bool, verbose: int, quiet: bool, **kwargs: Any) -> Any:
        if verbose and quiet:
            raise click.UsageError("-v and -q contradict each other; give one")
        click.get_current_context().meta[_META_KEY] = verbose
        voice = Voice(as_json=as_json, quiet=quiet, verbose=verbose)
        with voice.listening():
            return function(*args, voice=voice, **kwargs)

    return command  # type: ignore[return-value]  # the same command with three options more


def _plain(value: Any) -> Any:
    """Return `value` with null for what JSON cannot say: not a number, and infinity."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _shown(text: str) -> str:
    from edgeattn_runtime.displayable import displayable

    return displayable(text)  # names and labels in it may be a stranger's


def verbosity(ctx: click.Context) -> int:
    """Return how many -v the command got; 0 before it was parsed."""
    return int(ctx.meta.get(_META_KEY, 0))
