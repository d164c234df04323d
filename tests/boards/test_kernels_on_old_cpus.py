"""Older x86 CPUs, emulated: the best they have is chosen, and no instruction is one too many."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

from tests.boards.packages import environment, unpacked

ROOT = Path(__file__).parents[2]
HEADER = ROOT / "runtime" / "kernels" / "include"
FUZZ = ROOT / "tests" / "runtime" / "kernels" / "fuzz.cpp"
CALLS = 20


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fuzz program, against the installed library."""
    kernels = pytest.importorskip("edgeattn_kernels", reason="edgeattn-kernels is not installed")
    if platform.machine() != "x86_64":
        pytest.skip("the library here is not one for x86-64")
    path = tmp_path_factory.mktemp("fuzz") / "fuzz"
    library = kernels.library()
    command = ["c++", "-std=c++17", "-O1", f"-I{HEADER}", str(FUZZ), str(library)]
    subprocess.run([*command, f"-Wl,-rpath,{library.parent}", "-o", str(path)], check=True)
    return path


@pytest.mark.boards
@pytest.mark.parametrize(
    ("cpu", "wish", "best"),
    [
        ("qemu64", None, "portable"),
        ("Nehalem", None, "portable"),
        ("Haswell", None, "avx2"),
        ("Haswell", "portable", "portable"),
        ("Haswell", "avx512-vbmi", "refused"),
        ("qemu64", "avx2", "refused"),
    ],
)
def test_a_cpu_computes_with_the_best_it_has_and_never_with_more(
    program: Path, cpu: str, wish: str | None, best: str
) -> None:
    emulator = unpacked("qemu-user")
    variables = dict(environment(emulator))
    variables.pop("EDGEATTN_KERNELS", None)
    if wish is not None:
        variables["EDGEATTN_KERNELS"] = wish
    done = subprocess.run(
        [str(emulator / "usr/bin/qemu-x86_64"), "-cpu", cpu, str(program), "1", str(CALLS)],
        env=variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.returncode}: {done.stdout} {done.stderr}"
    assert done.stdout.split()[-1] == best
