"""The package edgeattn_kernels for the boards: its wheel, cross-built with Debian's compiler.

python -m tests.boards.kernels FOLDER      puts the wheel there, for `edgeattn deploy --kernels`
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.boards.cache import built, key_of, unavailable
from tests.boards.packages import unpacked, versions

SOURCE = Path(__file__).parents[2] / "runtime" / "kernels"
COMPILER = "g++-aarch64-linux-gnu"
PROGRAMS = ("gcc", "g++")
# pthread_create is of that version where Debian 12's C library is linked; all else is of 2.17.
PLATFORM = "manylinux_2_34_aarch64"
TOOLCHAIN = """\
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER ${{CMAKE_CURRENT_LIST_DIR}}/tools/gcc)
set(CMAKE_CXX_COMPILER ${{CMAKE_CURRENT_LIST_DIR}}/tools/g++)
set(CMAKE_SYSROOT {packages})
"""


def kernels_folder() -> Path:
    """Return a folder for PYTHONPATH that holds edgeattn_kernels, built without a warning."""
    if shutil.which("cmake") is None:
        unavailable("CMake is not installed: `apt install cmake` adds it")
    packages = unpacked(COMPILER)
    files = [path for path in sorted(SOURCE.rglob("*")) if path.suffix in _READ]
    code = [(path.name, path.read_text(encoding="utf-8")) for path in files]

    def fill(folder: Path) -> None:
        toolchain = folder / "toolchain.cmake"
        toolchain.write_text(_toolchain(packages, folder), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-input", "--quiet"]
        arguments = [f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DEDGEATTN_WARNINGS_AS_ERRORS=ON"]
        told = {"SKBUILD_CMAKE_ARGS": ";".join(arguments), "_PYTHON_HOST_PLATFORM": PLATFORM}
        done = subprocess.run(
            [*command, f"--wheel-dir={folder}", str(SOURCE)],
            env={**os.environ, **told}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError((done.stdout + done.stderr)[-4000:])
        with zipfile.ZipFile(wheel_of(folder)) as archive:
            archive.extractall(folder)

    return built(f"kernels-arm64-{key_of(code, versions(packages), TOOLCHAIN, PLATFORM)}", fill)


_READ = {".cpp", ".hpp", ".h", ".py", ".txt", ".toml"}


def wheel_of(folder: Path) -> Path:
    """Return the wheel inside."""
    (wheel,) = folder.glob("edgeattn_kernels-*.whl")
    return wheel


def library_of(folder: Path) -> Path:
    """Return the shared library inside."""
    return folder / "edgeattn_kernels" / "libedgeattn_kernels.so"


def _toolchain(packages: Path, folder: Path) -> str:
    """Write programs that run the compiler with its own libraries, and return the CMake file."""
    tools = folder / "tools"
    tools.mkdir()
    libraries = os.pathsep.join(map(str, packages.glob("usr/lib/*-linux-gnu")))
    for name in PROGRAMS:
        command = f"{packages}/usr/bin/aarch64-linux-gnu-{name}"
        program = tools / name
        program.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH={libraries} exec {command} "$@"\n')
        program.chmod(0o755)
    return TOOLCHAIN.format(packages=packages)


if __name__ == "__main__":
    shutil.copy(wheel_of(kernels_folder()), sys.argv[1])
