"""The package edgeattn_kernels for the boards: as it is released, and as Debian's g++ builds it.

What is released is what the boards get and what is counted; g++ is what `pip install` finds on a
board, whose sources must give no warning and the same bits there.
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

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "runtime" / "kernels"
READ = {".cpp", ".hpp", ".h", ".py", ".txt", ".toml"}
RELEASE_TOOLS = ("ziglang", "auditwheel")
INSTALL_S = 600
COMPILER = "g++-aarch64-linux-gnu"
PROGRAMS = ("gcc", "g++")
PLATFORM = "manylinux_2_34_aarch64"  # Debian 12's C library has pthread_create of that version
TOOLCHAIN = """\
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER ${{CMAKE_CURRENT_LIST_DIR}}/tools/gcc)
set(CMAKE_CXX_COMPILER ${{CMAKE_CURRENT_LIST_DIR}}/tools/g++)
set(CMAKE_SYSROOT {packages})
"""


def release_wheel(machine: str) -> Path:
    """Return the wheel that `make kernel-wheels` makes for "x86_64" or "aarch64"."""
    _require_cmake()
    tools = _release_tools()

    def fill(folder: Path) -> None:
        variables = {**os.environ, "PYTHONPATH": str(tools)}
        _run([sys.executable, SOURCE / "release.py", folder], variables)

    folder = built(f"kernels-release-{key_of(_code(), tools.name)}", fill)
    (wheel,) = folder.glob(f"edgeattn_kernels-*_{machine}.whl")
    return wheel


def kernels_folder(machine: str = "aarch64") -> Path:
    """Return a folder for PYTHONPATH that holds edgeattn_kernels as it is released."""
    wheel = release_wheel(machine)
    return built(f"{wheel.parent.name}-{machine}", lambda folder: _unpack(wheel, folder))


def kernels_folder_by_gcc() -> Path:
    """Return a folder for PYTHONPATH with what Debian's g++ makes for arm64, without a warning."""
    _require_cmake()
    packages = unpacked(COMPILER)

    def fill(folder: Path) -> None:
        toolchain = folder / "toolchain.cmake"
        toolchain.write_text(_toolchain(packages, folder), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-input", "--quiet"]
        arguments = [f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DEDGEATTN_WARNINGS_AS_ERRORS=ON"]
        told = {"SKBUILD_CMAKE_ARGS": ";".join(arguments), "_PYTHON_HOST_PLATFORM": PLATFORM}
        _run([*command, f"--wheel-dir={folder}", SOURCE], {**os.environ, **told})
        (wheel,) = folder.glob("edgeattn_kernels-*.whl")
        _unpack(wheel, folder)

    key = key_of(_code(), versions(packages), TOOLCHAIN, PLATFORM)
    return built(f"kernels-arm64-{key}", fill)


def _release_tools() -> Path:
    """Return a folder for PYTHONPATH with what a release needs, of the versions of a user's."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line.partition("==")[0] in RELEASE_TOOLS]

    def fill(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input"]
        command += ["--only-binary=:all:", f"--target={folder}", *wanted]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S)
        except subprocess.TimeoutExpired:
            unavailable(f"pip took more than {INSTALL_S} s for {', '.join(wanted)}")
        if done.returncode:
            unavailable(f"pip cannot give {', '.join(wanted)}: {done.stderr.strip()[-300:]}")

    return built(f"release-tools-{key_of(wanted, sys.version_info[:2])}", fill)


def _require_cmake() -> None:
    if shutil.which("cmake") is None:
        unavailable("CMake is not installed: `apt install cmake` adds it")


def _code() -> list[tuple[str, str]]:
    """Return what a wheel is made of."""
    files = [path for path in sorted(SOURCE.rglob("*")) if path.suffix in READ]
    return [(path.name, path.read_text(encoding="utf-8")) for path in files]


def _run(command: list[str | Path], variables: dict[str, str]) -> None:
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError((done.stdout + done.stderr)[-4000:])


def _unpack(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)


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
