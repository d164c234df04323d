"""The package edgeattn_kernels for the boards: its library cross-built with Debian's compiler."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.boards.cache import built, key_of, unavailable
from tests.boards.packages import unpacked, versions

SOURCE = Path(__file__).parents[2] / "runtime" / "kernels"
COMPILER = "g++-aarch64-linux-gnu"
PROGRAMS = ("gcc", "g++")
TOOLCHAIN = """\
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER {tools}/gcc)
set(CMAKE_CXX_COMPILER {tools}/g++)
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
        package = folder / "edgeattn_kernels"
        shutil.copytree(SOURCE / package.name, package, ignore=shutil.ignore_patterns("*.so"))
        (folder / "toolchain.cmake").write_text(_toolchain(packages, folder), encoding="utf-8")
        build = folder / "build"
        _run(
            "cmake", "-S", SOURCE, "-B", build, f"-DCMAKE_TOOLCHAIN_FILE={folder}/toolchain.cmake",
            "-DCMAKE_BUILD_TYPE=Release", f"-DSKBUILD_PROJECT_VERSION={_version()}",
            "-DEDGEATTN_WARNINGS_AS_ERRORS=ON",
        )  # fmt: skip
        _run("cmake", "--build", build)
        shutil.move(build / "libedgeattn_kernels.so", package)
        shutil.rmtree(build)

    return built(f"kernels-arm64-{key_of(code, versions(packages), TOOLCHAIN)}", fill)


_READ = {".cpp", ".hpp", ".h", ".py", ".txt", ".toml"}


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
    return TOOLCHAIN.format(tools=tools, packages=packages)


def _version() -> str:
    """Return the package's version, which scikit-build-core would pass."""
    found = re.search(r'^version = "(.+?)"', (SOURCE / "pyproject.toml").read_text(), re.MULTILINE)
    if found is None:
        raise AssertionError(f"{SOURCE / 'pyproject.toml'} names no version")
    return found[1]


def _run(*words: str | Path) -> None:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError((done.stdout + done.stderr)[-4000:])
