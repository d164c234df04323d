"""The folder on the board: its mark, its lock, and how a board says that something failed."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

MARK = "edgeattn.json"
LOCK = "lock"
PATIENCE_S = 5.0  # how long to wait for another deploy; one whose line dropped ends by itself


class Refusal(Exception):  # noqa: N818  # answered as JSON, and put into a sentence by the host
    """Something that the host has to say to its user.

    Args:
        kind: "disk-full", "read-only", "foreign", "busy", "cut", "garbled", "damaged" or "failed".
        detail: Facts for the sentence.
    """

    def __init__(self, kind: str, detail: str) -> None:
        """Keep the kind and the facts."""
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def refusal_of(error: OSError) -> Refusal:
    """Return what a failed system call means."""
    where = str(error.filename or "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refusal("disk-full", where)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Refusal("read-only", where)
    return Refusal("failed", str(error))


def answer(work: Callable[[], dict[str, Any]]) -> int:
    """Do the work, say on one JSON line what came of it, and return the exit code."""
    try:
        said = work()
    except Refusal as refusal:
        said = {"error": refusal.kind, "detail": refusal.detail}
    except OSError as error:
        found = refusal_of(error)
        said = {"error": found.kind, "detail": found.detail}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    return 3 if "error" in said else 0


def claim(folder: str) -> None:
    """Make the folder, and mark it as ours; refuse one with somebody else's files."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    mark = os.path.join(folder, MARK)
    if os.path.isfile(mark):
        return
    # The lock and a half-written mark of a deploy that was cut right here are ours.
    if set(os.listdir(folder)) - {LOCK, MARK + ".part"}:
        raise Refusal("foreign", folder)
    write(mark, json.dumps({"made_by": "edgeattn", "schema_version": 1}).encode() + b"\n")


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """Be the only one who changes the folder.

    The kernel holds the lock for the process: it is gone when the process is, however it ended.
    """
    with open(os.path.join(folder, LOCK), "a+", encoding="utf-8") as file:
        deadline = time.monotonic() + PATIENCE_S
        while not _taken(file):
            if time.monotonic() > deadline:
                file.seek(0)
                raise Refusal("busy", file.read(100).strip())
            time.sleep(0.2)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK):
            return False
        raise
    return True


def write(path: str, content: bytes) -> None:
    """Write a file so that it is whole or absent, also when the power goes."""
    with open(path + ".part", "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".part", path)


def keep(folder: str) -> None:
    """Make the names in a folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: str) -> str:
    """Return the sha256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
