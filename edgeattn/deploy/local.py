"""This machine as a board: a shell, in a home folder that may be another one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from edgeattn.deploy.connection import TIMEOUT_S, Bytes, Completed, Traffic
from edgeattn.deploy.pipe import TooLong, exchange
from edgeattn_runtime.errors import BadEnvironment


class LocalConnection:
    """Commands run in a shell here.

    Args:
        home: The home folder commands see; None leaves the user's own.
        environment: Variables they see beside PATH and HOME; None leaves the user's own.
    """

    def __init__(
        self, home: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        """Prepare the line; nothing is run yet."""
        self.name = "this machine"
        self.traffic = Traffic()
        self._environment = dict(os.environ if environment is None else environment)
        if environment is not None:
            self._environment.setdefault("PATH", os.environ.get("PATH", os.defpath))
        if home is not None:
            self._environment["HOME"] = str(home)
        self._folder = home

    def run(
        self,
        command: str,
        *,
        stdin: Bytes = b"",
        timeout_s: float = TIMEOUT_S,
        hold: bool = False,
    ) -> Completed:
        """Run `command` with sh; see `Connection`."""
        self.traffic.round_trips += 1
        self.traffic.sent += len(command.encode())
        try:
            return exchange(
                ["sh", "-c", command],
                stdin=stdin,
                timeout_s=timeout_s,
                hold=hold,
                traffic=self.traffic,
                environment=self._environment,
                folder=self._folder,
            )
        except TooLong as fault:
            raise BadEnvironment(f"a command on this machine was stopped: {fault}") from fault

    def close(self) -> None:
        """Nothing is held."""

    def __enter__(self) -> LocalConnection:
        """Return itself."""
        return self

    def __exit__(self, *fault: object) -> None:
        """Close."""
        self.close()
