"""The boards' operating system: Debian for arm64 with Python and an ssh server, no NumPy.

Like a freshly installed board, it has no engine: bringing one is deploy's work.
"""

from __future__ import annotations

import compileall
import os
import py_compile
import sys
from pathlib import Path

from tests.boards.cache import built, key_of
from tests.boards.packages import unpacked, versions

PYTHON = "python3.11"
PACKAGES = (
    "python3-minimal", "libpython3.11-stdlib", "python3-venv", "libstdc++6", "libgomp1", "dash",
    "bash", "coreutils", "findutils", "tar", "gzip", "grep", "sed", "procps", "util-linux",
    "mount", "openssh-server",
)  # fmt: skip


def packages_folder() -> Path:
    """Return the unpacked system, nothing configured."""
    return unpacked(*PACKAGES, arch="arm64")


def system_folder() -> Path:
    """Return the system with Python's library compiled, which halves the time of its start."""
    packages = packages_folder()

    def fill(folder: Path) -> None:
        link_tree(packages, folder)
        shell = folder / "usr/bin/sh"
        if not shell.is_symlink():
            shell.symlink_to("dash")
        compile_python(folder / "usr/lib" / PYTHON)

    return built(f"system-{key_of(versions(packages), sys.version_info[:2])}", fill)


def link_tree(source: Path, target: Path) -> None:
    """Copy a tree of files into a folder, by hard links."""
    for root, folders, files in os.walk(source):
        place = target / Path(root).relative_to(source)
        place.mkdir(exist_ok=True)
        for name in [*files, *folders]:
            path = Path(root, name)
            if path.is_symlink():
                (place / name).symlink_to(os.readlink(path))
            elif path.is_file():
                os.link(path, place / name)


def compile_python(folder: Path) -> None:
    """Compile what a board would, where this Python writes the same bytecode as the board's.

    The files are stamped as never to be compared with their sources: a copy onto a board changes
    the times.
    """
    if f"python{sys.version_info[0]}.{sys.version_info[1]}" == PYTHON:
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(folder, quiet=2, invalidation_mode=mode, workers=1)
