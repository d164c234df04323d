"""The library under AddressSanitizer and UndefinedBehaviorSanitizer, with drawn calls."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

KERNELS = Path(__file__).parents[3] / "runtime" / "kernels"
CALLS = 150


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fuzz program, built with both sanitizers; skipped where the tools lack them.

    Processes that share a run of the tests share it, as building it takes a minute.
    """
    if not (shutil.which("cmake") and shutil.which("c++")):
        pytest.skip("no CMake or no C++ compiler")
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = base / "sanitized"
    with (base / "sanitized.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "fuzz").exists():
            folder.mkdir(exist_ok=True)
            build(folder)
    return folder / "fuzz"


def build(folder: Path) -> None:
    """Compile the library and the fuzz program."""
    (folder / "empty.cpp").write_text("int main() { return 0; }\n")
    sanitized = ["-fsanitize=address,undefined", "-o", str(folder / "empty")]
    tried = subprocess.run(
        ["c++", str(folder / "empty.cpp"), *sanitized], capture_output=True, text=True, check=False
    )
    if tried.returncode:
        pytest.skip(f"the compiler has no sanitizers: {tried.stderr.splitlines()[-1:]}")
    configure = [
        "cmake", "-S", str(KERNELS), "-B", str(folder), "-DSKBUILD_PROJECT_VERSION=0.0.0",
        "-DEDGEATTN_SANITIZE=ON", f"-DEDGEATTN_FUZZ={Path(__file__).with_name('fuzz.cpp')}",
    ]  # fmt: skip
    for command in (configure, ["cmake", "--build", str(folder), "--parallel", "2"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_no_function_of_an_instruction_set_can_stand_in_for_a_common_one(fuzz: Path) -> None:
    """A weak symbol is merged over files: a CPU without the instructions might run that copy."""
    objects = [
        path for path in fuzz.parent.rglob("*.o") if re.search(r"avx|neon|portable", path.name)
    ]
    assert len(objects) > 1
    for path in objects:
        done = subprocess.run(["nm", "-C", str(path)], capture_output=True, text=True, check=True)
        symbols = [line.split(maxsplit=2) for line in done.stdout.splitlines() if line[0] != " "]
        offered = {name: kind for _, kind, name in symbols if kind.isupper() or kind == "u"}
        assert set(offered.values()) == {"T"}, f"{path.name} offers {offered}"


@pytest.mark.parametrize("seed", [1, 2])
def test_drawn_calls_touch_no_byte_too_many_and_all_instruction_sets_agree(
    fuzz: Path, seed: int
) -> None:
    done = subprocess.run(
        [str(fuzz), str(seed), str(CALLS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    words = done.stdout.split()
    computed, refused = int(words[1]), int(words[3])
    assert computed >= CALLS // 2
    assert refused >= CALLS // 10
