"""One stream of an adb line: bytes both ways, each message confirmed before the next is sent."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from tests.boards.adb.wire import Message

PIECE = 64 * 1024
CONFIRM_S = 60


class ClosedError(Exception):
    """The other side closed the stream, or the line is cut."""


class Stream:
    """A stream that the other side opened.

    Attributes:
        own: Our number of it.
        other: Their number of it.
    """

    def __init__(self, own: int, other: int, send: Callable[[Message], None]) -> None:
        self.own, self.other, self._send = own, other, send
        self._arrived: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._rest = bytearray()
        self._confirmed = threading.Semaphore(0)
        self._writing = threading.Lock()
        self.closed = threading.Event()

    def arrive(self, payload: bytes) -> None:
        """Take what the line brought, and confirm it."""
        self._arrived.put(payload)
        self._send(Message(b"OKAY", self.own, self.other))

    def confirm(self) -> None:
        """Note that our last message arrived."""
        self._confirmed.release()

    def end(self) -> None:
        """Note that nothing more comes and nothing more is read."""
        self.closed.set()
        self._arrived.put(None)
        self._confirmed.release()

    def read(self, length: int) -> bytes:
        """Return exactly `length` bytes."""
        while len(self._rest) < length:
            part = self._arrived.get()
            if part is None:
                raise ClosedError
            self._rest += part
        found = bytes(self._rest[:length])
        del self._rest[:length]
        return found

    def write(self, content: bytes) -> None:
        """Send bytes; returns when they arrived."""
        with self._writing:
            for start in range(0, len(content), PIECE):
                if self.closed.is_set():
                    raise ClosedError
                piece = content[start : start + PIECE]
                self._send(Message(b"WRTE", self.own, self.other, piece))
                if not self._confirmed.acquire(timeout=CONFIRM_S) or self.closed.is_set():
                    raise ClosedError
