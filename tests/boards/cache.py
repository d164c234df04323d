"""Where the emulated boards keep what they downloaded and built, and how two runs share it.

A built folder has a key in its name: it is either whole or absent, because it is made beside its
place and renamed. A lock lets the first of several test processes build while the others wait.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

REQUIRED = "EDGEATTN_BOARDS_REQUIRED"  # set by `make test-boards`: what is missing fails there


def cache_folder() -> Path:
    """Return the folder of all boards: $EDGEATTN_CACHE/boards, or that of the user's cache."""
    base = os.environ.get("EDGEATTN_CACHE")
    if base is None:
        base = os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "edgeattn")
    folder = Path(base).expanduser() / "boards"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def unavailable(reason: str) -> NoReturn:
    """Skip the test and say why; fail it where the boards are what is being tested."""
    if os.environ.get(REQUIRED):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def key_of(*parts: Any) -> str:
    """Return a short name for a content: the same parts, the same name."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def built(name: str, build: Callable[[Path], None]) -> Path:
    """Return the folder `name` of the cache, which `build` fills when it is not there yet."""
    folder = cache_folder() / name
    if folder.is_dir():
        return folder
    with locked(name):
        if folder.is_dir():  # another process was faster
            return folder
        part = folder.with_name(f"{name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        build(part)
        part.rename(folder)
    return folder


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock `name`: one process at a time, released when the process ends."""
    with (cache_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
