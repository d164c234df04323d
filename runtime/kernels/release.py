"""Wheels for others: x86-64 and 64-bit Arm Linux, for GNU C libraries from 2.17 on.

    pip install ziglang auditwheel
    python runtime/kernels/release.py [FOLDER]

The clang that comes as `ziglang` links against the symbols of any C library, so one machine makes
both wheels, and they run on systems of 2014 and later (manylinux2014). A wheel comes to lie in the
folder, `dist` by default, once auditwheel has found nothing in it that its tag does not allow.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
MACHINES = ("x86_64", "aarch64")
GLIBC = (2, 17)
TAG = "manylinux2014"  # pip before 20.3 does not know its other name, manylinux_2_17
NEEDED = ("ziglang", "auditwheel")
TOOLCHAIN = """\
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR {machine})
set(CMAKE_C_COMPILER "{zig}" cc -target {target})
set(CMAKE_CXX_COMPILER "{zig}" c++ -target {target})
"""


class CannotRelease(Exception):  # noqa: N818 - it states the fault, as the names in edgeattn do
    """A tool is missing, the build fails, or a wheel is not what its tag says."""


def release(machine: str, folder: Path) -> Path:
    """Build the wheel for "x86_64" or "aarch64", prove its tag, and put it into a folder.

    Raises:
        CannotRelease: With what the tool said.
    """
    with tempfile.TemporaryDirectory() as scratch:
        wheel = build(machine, Path(scratch))
        prove(wheel, machine)
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, folder))


def build(machine: str, scratch: Path) -> Path:
    """Return a wheel in a folder; a warning of the compiler ends it."""
    toolchain = scratch / "toolchain.cmake"
    # The program itself, as pip builds where this Python's packages are out of sight.
    zig = Path(importlib.import_module("ziglang").__file__ or "").with_name("zig").as_posix()
    target = f"{machine}-linux-gnu.{GLIBC[0]}.{GLIBC[1]}"
    toolchain.write_text(
        TOOLCHAIN.format(machine=machine, zig=zig, target=target), encoding="utf-8"
    )
    arguments = [f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DEDGEATTN_WARNINGS_AS_ERRORS=ON"]
    variables = {
        "SKBUILD_CMAKE_ARGS": ";".join(arguments),
        "SOURCE_DATE_EPOCH": "315532800",  # 1980, where zip begins: the same files, the same wheel
        "_PYTHON_HOST_PLATFORM": f"{TAG}_{machine}",
        **os.environ,
    }
    words = ["wheel", "--no-deps", "--no-input", "--quiet", f"--wheel-dir={scratch}", str(HERE)]
    run(["pip", *words], variables)
    (wheel,) = scratch.glob("*.whl")
    return wheel


def prove(wheel: Path, machine: str) -> None:
    """Let auditwheel read which symbols a wheel needs.

    Raises:
        CannotRelease: It needs more than its tag allows.
    """
    said = json.loads(run(["auditwheel", "show", "--json", str(wheel)], dict(os.environ)))
    policy, wanted = said["overall_tag"], f"manylinux_{GLIBC[0]}_{GLIBC[1]}_{machine}"
    if policy != wanted:
        raise CannotRelease(f"{wheel.name} is no {wanted} but {policy}: {said}")


def run(words: list[str], variables: dict[str, str]) -> str:
    """Run a module of this Python and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *words], env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotRelease(f"{words[0]} failed: {(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def main(words: list[str]) -> str:
    """Make both wheels and return their paths, a line each."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise CannotRelease(f"`pip install {' '.join(missing)}` first; {sys.executable} lacks it")
    folder = Path(words[0] if words else "dist")
    return "\n".join(str(release(machine, folder)) for machine in MACHINES)


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except CannotRelease as error:
        sys.exit(f"release.py: {error}")
