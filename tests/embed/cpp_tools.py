"""What builds kits of C++: this machine's compiler, and one for arm64 with boards in emulation."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.boards.models import BoardModel
from tests.boards.packages import unpacked
from tests.boards.user_mode import root_of
from tests.embed.conftest import tool, unavailable

COMPILER = "aarch64-linux-gnu-g++"


def run(*words, cwd=None, code=0, env=None):
    """Run a program and return all it said; another exit code than `code` fails the test."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=None if env is None else {**os.environ, **env},
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def built(kit, *options, programs=("all",)):
    """Build a kit, or some of its programs, with this Python's engines; warnings are errors."""
    tool("g++", "clang++")
    cmake = tool("cmake")
    given = options or (f"-DEDGEATTN_PYTHON={sys.executable}",)
    run(cmake, "-S", kit, "-B", kit / "build", "-DCMAKE_BUILD_TYPE=Release", *given)
    run(cmake, "--build", kit / "build", "--target", *programs)
    return kit / "build"


@dataclass(frozen=True)
class Cross:
    """A compiler for arm64 and an emulator, both as programs on a path of their own.

    Attributes:
        path: The folder with `aarch64-linux-gnu-g++` and `on-board`.
        sysroot: Where the compiler's C library lies; None where the system knows.
    """

    path: Path
    sysroot: Path | None

    def build(self, kit: Path, toolchain: str, *options: str, program: str = "all") -> Path:
        """Build a kit with one of its own toolchain files, ready for `ctest`."""
        build = kit / "build-arm64"
        words = [
            "-DCMAKE_BUILD_TYPE=Release",
            f"-DCMAKE_TOOLCHAIN_FILE={kit / 'cmake' / toolchain}",
            f"-DCMAKE_CROSSCOMPILING_EMULATOR={self.path / 'on-board'}",
            *([] if self.sysroot is None else [f"-DCMAKE_SYSROOT={self.sysroot}"]),
        ]
        env = {"PATH": f"{self.path}{os.pathsep}{os.environ['PATH']}"}
        run(tool("cmake"), "-S", kit, "-B", build, *words, *options, env=env)
        run(tool("cmake"), "--build", build, "--target", program, env=env)
        return build

    def run(self, board: BoardModel, *words, code: int = 0) -> str:
        """Run arm64 programs, or `ctest` of a build, as on a board."""
        return run(*words, code=code, env=self.environment(board))

    def environment(self, board: BoardModel) -> Mapping[str, str]:
        """Return what `on-board` needs to know of a board."""
        return {"BOARD_CPU": board.cpu, "BOARD_ROOT": str(root_of(board))}


def cross(folder: Path) -> Cross:
    """Return the tools for arm64, from Debian's packages where the compiler is not installed."""
    tool("cmake")
    try:
        emulator = unpacked("qemu-user")
        found = shutil.which(COMPILER)
        packages = None if found else unpacked("g++-aarch64-linux-gnu")
    except (pytest.skip.Exception, pytest.fail.Exception) as reason:
        unavailable(str(reason))
    folder.mkdir()
    # -E: the emulator's own libraries are not for the program in it.
    guest = '-cpu "$BOARD_CPU" -L "$BOARD_ROOT" -E LD_LIBRARY_PATH= -E ORT_DISABLE_TELEMETRY=1'
    _program(folder / "on-board", emulator, f"{emulator}/usr/bin/qemu-aarch64 {guest}")
    if packages is not None:
        _program(folder / COMPILER, packages, f"{packages}/usr/bin/{COMPILER}")
    return Cross(folder, packages)


def _program(path: Path, packages: Path, command: str) -> None:
    """Write a program that runs another one out of unpacked packages, with their libraries."""
    libraries = ":".join(map(str, packages.glob("usr/lib/*-linux-gnu")))
    path.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH={libraries} exec {command} "$@"\n')
    path.chmod(0o755)
