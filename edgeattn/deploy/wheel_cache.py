"""Wheels for a board, fetched by this computer's pip and kept: the board needs no network.

A wheel lies in the user's cache folder beside a file with its sha256, and is used from there as
long as both agree. EDGEATTN_CACHE names another folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edgeattn.deploy.board import Interpreter
from edgeattn.deploy.connection import last_line
from edgeattn_runtime.bundle import sha256_of
from edgeattn_runtime.errors import BadEnvironment

DOWNLOAD_S = 900.0
OLDEST_GLIBC = 17  # manylinux2014


@dataclass(frozen=True)
class Wheel:
    """A wheel on this computer.

    Attributes:
        path: The file.
        sha256: Of the file.
        bytes: Of the file.
        unpacked_bytes: What it takes on the board.
    """

    path: Path
    sha256: str
    bytes: int
    unpacked_bytes: int


def wheels(
    requirements: Iterable[str], python: Interpreter, architecture: str
) -> tuple[Wheel, ...]:
    """Return a wheel for each requirement "name==version", from the cache or from pip's index.

    Raises:
        BadEnvironment: pip is missing or cannot get it; the message says where to put it.
    """
    return tuple(_wheel(requirement, python, architecture) for requirement in requirements)


def cache_folder() -> Path:
    """Return where wheels are kept."""
    base = os.environ.get("EDGEATTN_CACHE")
    if base is None:
        base = os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "edgeattn")
    return Path(base).expanduser() / "wheels"


def platforms(glibc: tuple[int, int], architecture: str) -> list[str]:
    """Return pip's platform tags for a C library, newest first.

    >>> platforms((2, 18), "aarch64")
    ['manylinux_2_18_aarch64', 'manylinux_2_17_aarch64', 'manylinux2014_aarch64']
    """
    newest = glibc[1] if glibc[0] == 2 else OLDEST_GLIBC
    tags = [f"manylinux_2_{n}_{architecture}" for n in range(newest, OLDEST_GLIBC - 1, -1)]
    return [*tags, f"manylinux2014_{architecture}"]


def _wheel(requirement: str, python: Interpreter, architecture: str) -> Wheel:
    folder = cache_folder()
    tags = platforms(python.glibc or (2, OLDEST_GLIBC), architecture)
    found = _cached(folder, requirement, python, tags)
    if found is None:
        found = _download(folder, requirement, python, tags)
    with zipfile.ZipFile(found) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    return Wheel(found, sha256_of(found), found.stat().st_size, unpacked)


def _cached(folder: Path, requirement: str, python: Interpreter, tags: list[str]) -> Path | None:
    """Return a wheel that fits and has the sha256 it was kept with; forget one that has not."""
    name, _, version = requirement.partition("==")
    start = f"{re.sub(r'[-_.]+', '_', name).lower()}-{version}-"
    for path in sorted(folder.glob("*.whl")):
        parts = path.stem.split("-")
        if not path.name.lower().startswith(start) or len(parts) < 5:
            continue
        interpreter = f"cp{python.version[0]}{python.version[1]}"
        if interpreter not in parts[-3].split(".") or not set(tags) & set(parts[-1].split(".")):
            continue
        digest = path.with_name(path.name + ".sha256")
        if digest.is_file() and digest.read_text(encoding="ascii").strip() == sha256_of(path):
            return path
        path.unlink()
    return None


def _download(folder: Path, requirement: str, python: Interpreter, tags: list[str]) -> Path:
    """Let pip get a wheel for the board's platform; check-then-rename into the cache."""
    with _part(folder) as part:
        words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
        words += ["--disable-pip-version-check", "--only-binary=:all:", "--implementation=cp"]
        words += [f"--python-version={python.short}", f"--dest={part}"]
        words += [word for tag in tags for word in ("--platform", tag)]
        try:
            done = subprocess.run(
                [*words, requirement], capture_output=True, timeout=DOWNLOAD_S, check=False
            )
        except subprocess.TimeoutExpired as slow:
            raise _cannot(requirement, python, tags, "it took too long", folder) from slow
        got = sorted(Path(part).glob("*.whl"))
        if done.returncode or len(got) != 1:
            if b"No module named pip" in done.stderr:
                raise BadEnvironment(
                    f"this computer's Python has no pip to get {requirement} with; "
                    f"`{sys.executable} -m ensurepip` adds it"
                )
            raise _cannot(requirement, python, tags, _error(done.stderr), folder)
        path = folder / got[0].name
        path.with_name(path.name + ".sha256").write_text(sha256_of(got[0]), encoding="ascii")
        shutil.move(got[0], path)
    return path


@contextlib.contextmanager
def _part(folder: Path) -> Iterator[str]:
    """Yield a folder in the cache that is gone afterwards; a full disk becomes a sentence."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as part:
            yield part
    except OSError as error:
        raise BadEnvironment(
            f"wheels for the board cannot be kept in {folder} ({error.strerror}); "
            "EDGEATTN_CACHE names another folder"
        ) from error


def _error(said: bytes) -> str:
    errors = [line for line in said.splitlines() if line.startswith(b"ERROR")]
    return last_line(errors[-1] if errors else said)


def _cannot(
    requirement: str, python: Interpreter, tags: list[str], why: str, folder: Path
) -> BadEnvironment:
    return BadEnvironment(
        f"cannot get {requirement} for Python {python.short} and {tags[0]}: {why}; this computer "
        "needs its package index once, the wheel is kept in "
        f"{folder} from then on"
    )
