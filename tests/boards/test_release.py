"""The release wheels of edgeattn-kernels: what their tags promise, read from what is in them."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.boards.kernels import ROOT, kernels_folder, release_wheel

pytestmark = [pytest.mark.boards, pytest.mark.xdist_group("kernels")]

LARGEST_BYTES = 300 * 1024
NEWEST = (2, 17)  # of the GNU C library in manylinux2014
NEEDED = {"libc.so.6", "libm.so.6", "libpthread.so.0"}
MACHINES = {"x86_64": "Advanced Micro Devices X86-64", "aarch64": "AArch64"}
of_each_machine = pytest.mark.parametrize("machine", MACHINES)


def read(machine: str, *flags: str) -> str:
    """Return what binutils read in the library of a wheel; they read that of any machine."""
    library = kernels_folder(machine) / "edgeattn_kernels" / "libedgeattn_kernels.so"
    command = ["readelf", "--wide", *flags, library]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@of_each_machine
def test_a_wheel_says_what_it_is_for(machine: str) -> None:
    wheel = release_wheel(machine)
    assert wheel.name.endswith(f"-py3-none-manylinux2014_{machine}.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/WHEEL"))
        said = archive.read(name).decode()
    assert re.findall(r"^Tag: (.*)$", said, re.MULTILINE) == [f"py3-none-manylinux2014_{machine}"]
    (found,) = re.findall(r"Machine: +(.+)$", read(machine, "--file-header"), re.MULTILINE)
    assert found == MACHINES[machine]


@of_each_machine
def test_the_library_needs_the_c_library_of_2012_and_nothing_else(machine: str) -> None:
    versions = re.findall(r"@GLIBC_(\d+)\.(\d+)", read(machine, "--dyn-syms"))
    assert versions
    assert max(tuple(map(int, version)) for version in versions) <= NEWEST
    said = read(machine, "--dynamic")
    assert set(re.findall(r"NEEDED.*\[(.+?)\]", said)) <= NEEDED
    assert "RPATH" not in said
    assert "RUNPATH" not in said


@of_each_machine
def test_the_library_is_small_and_fits_pages_of_16_kilobytes(machine: str) -> None:
    library = kernels_folder(machine) / "edgeattn_kernels" / "libedgeattn_kernels.so"
    assert library.stat().st_size <= LARGEST_BYTES
    said = read(machine, "--program-headers")
    assert set(re.findall(r"^ +LOAD .* (0x\w+)$", said, re.MULTILINE)) == {"0x4000"}
    assert re.findall(r"^ +GNU_STACK .* (\w+) +0\w*$", said, re.MULTILINE) == ["RW"]


@of_each_machine
def test_the_library_shows_its_interface_alone(machine: str) -> None:
    shown = re.findall(r"GLOBAL DEFAULT +\d+ (\w+)$", read(machine, "--dyn-syms"), re.MULTILINE)
    assert "edgeattn_attend" in shown
    others = {name for name in shown if not name.startswith(("edgeattn_", "tflite_plugin_"))}
    assert others == {"RegisterCustomOps"}


def test_the_wheel_for_this_machine_passes_the_librarys_own_tests() -> None:
    machine = platform.machine()
    if machine not in MACHINES:
        pytest.skip(f"there is no release for {machine}")
    paths = [kernels_folder(machine), *(Path(path) for path in sys.path if path)]
    names = ("instruction_sets", "limits", "bad_input", "onnxruntime_operator", "tflite_delegate")
    files = [ROOT / "tests" / "runtime" / "kernels" / f"test_{name}.py" for name in names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
