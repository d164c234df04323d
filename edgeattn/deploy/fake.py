r"""A board for tests: canned answers, or a real shell behind a line that drops when told to.

FakeConnection([Completed(0, b"aarch64\n")])          answers in this order
FakeConnection(LocalConnection(home))                  a real shell
FakeConnection(LocalConnection(home), cut={2: 70_000}) the line drops in the second command,
                                                       70 000 bytes into its input
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from edgeattn.deploy.connection import TIMEOUT_S, Bytes, Completed, Connection, Traffic
from edgeattn_runtime.errors import BadEnvironment


class FakeConnection:
    """A connection that does what a test wants, and remembers what it was asked.

    Attributes:
        commands: Every command run, in order.
        inputs: What each one was fed.
    """

    def __init__(
        self,
        behind: Connection | Sequence[Completed | Exception],
        *,
        name: str = "the fake board",
        cut: Mapping[int, int] | None = None,
    ) -> None:
        """Take the answers, or the connection that gives them, and where the line drops."""
        self.name = name
        self.traffic = Traffic()
        self.commands: list[str] = []
        self.inputs: list[bytes] = []
        self.closed = False
        self._behind = behind
        self._cut = dict(cut or {})

    def run(
        self,
        command: str,
        *,
        stdin: Bytes = b"",
        timeout_s: float = TIMEOUT_S,
        hold: bool = False,
    ) -> Completed:
        """Answer as the test has it; see `Connection`."""
        content = stdin if isinstance(stdin, bytes) else b"".join(_checked(stdin))
        self.commands.append(command)
        turn = len(self.commands)
        cut = self._cut.get(turn)
        if cut is not None:
            content, hold = content[:cut], False
        self.inputs.append(content)
        self.traffic.round_trips += 1
        self.traffic.sent += len(command.encode()) + len(content)
        if isinstance(self._behind, Sequence):
            if turn > len(self._behind):
                raise IndexError(f"the fake board has no answer to command {turn}: {command}")
            done = self._behind[turn - 1]
            if isinstance(done, Exception):
                raise done
        else:
            done = self._behind.run(command, stdin=content, timeout_s=timeout_s, hold=hold)
        if cut is not None:
            raise BadEnvironment(f"the line to {self.name} dropped; run the same command again")
        self.traffic.received += len(done.stdout) + len(done.stderr)
        return done

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def __enter__(self) -> FakeConnection:
        """Return itself."""
        return self

    def __exit__(self, *fault: object) -> None:
        """Close."""
        self.close()


def _checked(pieces: Iterable[bytes]) -> Iterable[bytes]:
    for piece in pieces:
        if not isinstance(piece, bytes):
            raise TypeError(f"a piece of input is a {type(piece).__name__}, not bytes")
        yield piece
