"""What deploying needs of a line to a board: run a shell command there, with bytes in and out.

One `run` is one round trip. Files travel as the standard input or output of a command, so that
ssh, adb and a plain shell need nothing else, and every byte is counted in one place.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from edgeattn_runtime.errors import BadEnvironment

TIMEOUT_S = 120.0
LARGEST_ANSWER_BYTES = 64 << 20  # of one command; a board that says more is not answering us
INTERRUPT = b"\x03"  # as a terminal spells Ctrl-C; `on_board.attend` understands it

Bytes = bytes | Iterable[bytes]


@dataclass(frozen=True)
class Completed:
    """A command that ended on the board.

    Attributes:
        code: Its exit code; 128 + n where a signal ended it.
        stdout: What it wrote there.
        stderr: What it wrote there.
    """

    code: int
    stdout: bytes = b""
    stderr: bytes = b""

    @property
    def text(self) -> str:
        """Return stdout as text; what is no UTF-8 becomes U+FFFD."""
        return self.stdout.decode("utf-8", errors="replace")

    @property
    def complaint(self) -> str:
        """Return the last line of stderr, fit to be printed on a terminal."""
        return last_line(self.stderr)


@dataclass
class Traffic:
    """What went over a line so far.

    Attributes:
        round_trips: Commands run.
        sent: Bytes of commands and of their input.
        received: Bytes of their output.
    """

    round_trips: int = 0
    sent: int = 0
    received: int = 0

    def to_json(self) -> dict[str, int]:
        """Return the object `traffic` of a result."""
        return {
            "round_trips": self.round_trips,
            "bytes_sent": self.sent,
            "bytes_received": self.received,
        }


class Connection(Protocol):
    """A line to a board.

    Attributes:
        name: The board as messages call it: "pi@raspberrypi", "this machine".
        traffic: What went over the line so far.
    """

    name: str
    traffic: Traffic

    def run(
        self,
        command: str,
        *,
        stdin: Bytes = b"",
        timeout_s: float = TIMEOUT_S,
        hold: bool = False,
    ) -> Completed:
        """Run `command` with the board's POSIX shell and wait for its end.

        Args:
            command: Shell text; words that come from elsewhere go through `shlex.quote`.
            stdin: What the command reads, whole or in pieces.
            timeout_s: When to give up, in seconds.
            hold: Keep the command's input open until it ends, so that it can notice by its end of
                file that nobody waits for it any more. Ctrl-C becomes `INTERRUPT` in that input;
                what the command then answers with exit code 0 or 1 is returned.

        Raises:
            KeyboardInterrupt: Ctrl-C, and no such answer.
            BadEnvironment: The board cannot be reached, or the line dropped; one sentence.
        """
        ...

    def close(self) -> None:
        """Give back what the line holds; `run` is over then."""
        ...

    def __enter__(self) -> Connection:
        """Return itself."""
        ...

    def __exit__(self, *fault: object) -> None:
        """Close."""
        ...


def send(connection: Connection, path: str, content: bytes) -> None:
    """Write a small file onto the board: beside it first, then renamed."""
    beside = shlex.quote(f"{path}.part")
    done = connection.run(f"cat > {beside} && mv -f {beside} {shlex.quote(path)}", stdin=content)
    if done.code:
        raise BadEnvironment(f"cannot write {path} on {connection.name}: {done.complaint}")


def fetch(connection: Connection, path: str) -> bytes:
    """Return the content of a file on the board."""
    done = connection.run(f"cat {shlex.quote(path)}")
    if done.code:
        raise BadEnvironment(f"cannot read {path} on {connection.name}: {done.complaint}")
    return done.stdout


def last_line(said: bytes | str) -> str:
    r"""Return the last line of what a board said, without what could steer a terminal.

    >>> last_line(b"Warning: x\n\x1b[31mdisk full\x07\n")
    '[31mdisk full'
    """
    text = said if isinstance(said, str) else said.decode("utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return "it said nothing"
    return re.sub(r"[^\x20-\x7e\u00a0-\ufffc]", "", lines[-1])[:300]
