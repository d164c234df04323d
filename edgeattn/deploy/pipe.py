"""Run one local program with bytes in and out: what ssh, adb and a local shell have in common."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from edgeattn.deploy.connection import (
    INTERRUPT,
    LARGEST_ANSWER_BYTES,
    Bytes,
    Completed,
    Traffic,
)

GRACE_S = 60.0  # for what runs on the board to report what it has so far; an emulated one is slow
_PIECE = 1 << 16


class TooLong(Exception):  # noqa: N818  # the caller says it in a sentence of its own
    """The program did not end in time, or said more than `LARGEST_ANSWER_BYTES`."""


def exchange(
    words: Sequence[str],
    *,
    stdin: Bytes,
    timeout_s: float,
    hold: bool,
    traffic: Traffic,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Completed:
    """Run a program, feed it, and return how it ended; count what went in and out.

    With `hold` its input stays open until it ends. Ctrl-C then sends `INTERRUPT` to it, and what it
    answers to that is returned; a second one ends it.

    Raises:
        KeyboardInterrupt: It was interrupted and ended without success.
        TooLong: It was killed.
        OSError: It cannot be started.
    """
    with subprocess.Popen(
        list(words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=None if environment is None else dict(environment),
        cwd=folder,
        # A terminal interrupts all that runs in it: ssh must live to carry the interruption on.
        start_new_session=hold,
    ) as process:
        assert process.stdin is not None  # all three were asked for
        assert process.stdout is not None
        assert process.stderr is not None
        heard = [_Listener(process.stdout, process), _Listener(process.stderr, process)]
        feeder = threading.Thread(
            target=_feed, args=(process.stdin, stdin, hold, traffic), daemon=True
        )
        threads = [*heard, feeder]
        for thread in threads:
            thread.start()
        try:
            code, interrupted = _wait(process, timeout_s, hold)
        except subprocess.TimeoutExpired as fault:
            raise TooLong(f"no answer within {timeout_s:.0f} s") from fault
        finally:
            process.kill()  # nothing happens when it has ended
            process.wait()  # `with` leaves it unburied when a KeyboardInterrupt passes
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            for thread in threads:
                thread.join(5)
    for listener in heard:
        if listener.overflown:
            raise TooLong(f"it said more than {LARGEST_ANSWER_BYTES >> 20} MB")
        traffic.received += len(listener.said)
    if interrupted and code not in (0, 1):  # no report came of it
        raise KeyboardInterrupt
    return Completed(128 - code if code < 0 else code, bytes(heard[0].said), bytes(heard[1].said))


def _wait(process: subprocess.Popen[bytes], timeout_s: float, hold: bool) -> tuple[int, bool]:
    """Return the exit code, and whether somebody interrupted."""
    try:
        return process.wait(timeout_s), False
    except KeyboardInterrupt:
        if not hold or process.stdin is None:
            raise
        with contextlib.suppress(BrokenPipeError, ValueError):
            process.stdin.write(INTERRUPT)
            process.stdin.flush()
        try:
            return process.wait(GRACE_S), True
        except subprocess.TimeoutExpired:
            raise KeyboardInterrupt from None


class _Listener(threading.Thread):
    """Collect what a program says, up to a limit."""

    def __init__(self, stream: IO[bytes], process: subprocess.Popen[bytes]) -> None:
        super().__init__(daemon=True)
        self.said = bytearray()
        self.overflown = False
        self._stream = stream
        self._process = process

    def run(self) -> None:
        """Read until the end."""
        while piece := self._stream.read1(_PIECE):  # type: ignore[attr-defined]  # BufferedReader
            self.said += piece
            if len(self.said) > LARGEST_ANSWER_BYTES:
                self.overflown = True
                self._process.kill()
                return


def _feed(stream: IO[bytes], content: Bytes, hold: bool, traffic: Traffic) -> None:
    """Write `content`; a program that does not want it all may say so by ending."""
    try:
        for piece in (content,) if isinstance(content, bytes) else content:
            for start in range(0, len(piece), _PIECE):
                part = piece[start : start + _PIECE]
                stream.write(part)
                traffic.sent += len(part)
        stream.flush()
        if not hold:
            stream.close()
    except (BrokenPipeError, ValueError, OSError):  # it ended, and its exit code says why
        return
