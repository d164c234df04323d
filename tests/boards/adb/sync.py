"""adb's service `sync`: push and pull of single files.

Source: platform/packages/modules/adb, docs/dev/sync.md; version 1 of its requests.
"""

from __future__ import annotations

import struct
from pathlib import Path

from tests.boards.adb.stream import Stream

REQUEST = struct.Struct("<4sI")
LARGEST_PIECE = 64 * 1024
LONGEST_PATH = 1024


def serve_sync(stream: Stream, root: Path) -> None:
    """Answer requests until the other side has had enough.

    Args:
        stream: The line.
        root: The folder that plays `/`.
    """
    while True:
        kind, length = REQUEST.unpack(stream.read(REQUEST.size))
        if kind == b"QUIT":
            return
        text = stream.read(min(length, LONGEST_PATH)).decode()
        if kind == b"STAT":
            stream.write(_stat(_place(root, text)))
        elif kind == b"SEND":
            name, _, mode = text.rpartition(",")
            stream.write(_receive(stream, _place(root, name), int(mode) & 0o777))
        elif kind == b"RECV":
            _send(stream, _place(root, text))
        else:
            stream.write(_fail(f"unknown request {kind!r}"))
            return


def _place(root: Path, name: str) -> Path:
    """Return where a path of the device lies here."""
    return root / name.lstrip("/")


def _stat(path: Path) -> bytes:
    """Return mode, size and time; zeros for what is not there."""
    if not path.exists():
        return struct.pack("<4sIII", b"STAT", 0, 0, 0)
    found = path.stat()
    return struct.pack("<4sIII", b"STAT", found.st_mode, found.st_size, int(found.st_mtime))


def _receive(stream: Stream, path: Path, mode: int) -> bytes:
    """Write what comes, and return the answer."""
    content = bytearray()
    while True:
        kind, length = REQUEST.unpack(stream.read(REQUEST.size))
        if kind == b"DONE":  # its number is the file's time
            break
        content += stream.read(length)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    except OSError as error:
        return _fail(f"couldn't create file: {error.strerror}")
    return REQUEST.pack(b"OKAY", 0)


def _send(stream: Stream, path: Path) -> None:
    """Send a file in pieces."""
    try:
        content = path.read_bytes()
    except OSError as error:
        stream.write(_fail(f"failed to open file: {error.strerror}"))
        return
    for start in range(0, len(content), LARGEST_PIECE):
        piece = content[start : start + LARGEST_PIECE]
        stream.write(REQUEST.pack(b"DATA", len(piece)) + piece)
    stream.write(REQUEST.pack(b"DONE", 0))


def _fail(reason: str) -> bytes:
    return REQUEST.pack(b"FAIL", len(reason)) + reason.encode()
