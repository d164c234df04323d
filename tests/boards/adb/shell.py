"""adb's service `shell,v2`: a real shell; input, output, errors and the exit code in packets.

A packet is a kind of one byte, a length of four, and bytes.
Source: platform/packages/modules/adb, shell_protocol.h and daemon/shell_service.cpp.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tests.boards.adb.stream import PIECE, ClosedError, Stream

STDIN, STDOUT, STDERR, EXIT, CLOSE_STDIN = range(5)
PACKET = struct.Struct("<BI")
# Under nohup the signal of a lost line is ignored, also by what inherits that.
HUNG_UP_ON = ("/usr/bin/env", "--default-signal=HUP")


def serve_shell(stream: Stream, command: str, home: Path, variables: Mapping[str, str]) -> None:
    """Run a command for the other side until it ends, or the stream does."""
    process = subprocess.Popen(
        [*HUNG_UP_ON, "/bin/sh", "-c", command],
        cwd=home, env=dict(variables), start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    assert process.stderr
    threads = [
        threading.Thread(target=_pass_on, args=(stream, STDOUT, process.stdout), daemon=True),
        threading.Thread(target=_pass_on, args=(stream, STDERR, process.stderr), daemon=True),
    ]
    feeding = threading.Thread(target=_feed, args=(stream, process), daemon=True)
    for thread in (*threads, feeding):
        thread.start()
    for thread in threads:
        thread.join()
    code = process.wait()
    with contextlib.suppress(ClosedError):  # a signal's number is what a shell would say
        stream.write(PACKET.pack(EXIT, 1) + bytes([code if code >= 0 else 128 - code]))


def _pass_on(stream: Stream, kind: int, pipe: IO[bytes]) -> None:
    """Send all that the command writes."""
    with contextlib.suppress(ClosedError):
        while part := os.read(pipe.fileno(), PIECE):
            stream.write(PACKET.pack(kind, len(part)) + part)
    pipe.close()


def _feed(stream: Stream, process: subprocess.Popen[bytes]) -> None:
    """Give the command its input; hang up on it when the other side is gone."""
    assert process.stdin
    try:
        while True:
            kind, length = PACKET.unpack(stream.read(PACKET.size))
            content = stream.read(length)
            with contextlib.suppress(BrokenPipeError, ValueError):  # it reads no more
                if kind == STDIN:
                    process.stdin.write(content)
                    process.stdin.flush()
                elif kind == CLOSE_STDIN:
                    process.stdin.close()
    except ClosedError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGHUP)
        with contextlib.suppress(BrokenPipeError, ValueError):
            process.stdin.close()
