"""Count the arm64 instructions of one inference: exact, the same on every machine and under load.

Instructions are not time: there is no cache, no memory bus and no second pipe in them. They serve
as ratios between two models on one CPU, and to notice that something changed.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.boards.cache import built, key_of, unavailable
from tests.boards.counting.on_board import RUNS, WAYS
from tests.boards.models import BoardModel
from tests.boards.user_mode import run_python
from tests.boards.wheels import engine_folder

HERE = Path(__file__).parent / "counting"
RUNTIME = Path(__file__).parents[2] / "runtime"


@dataclass(frozen=True)
class Counts:
    """Instructions of one inference.

    Attributes:
        total: All.
        dot: SDOT and UDOT, four int8 products each per lane.
        matrix: SMMLA and its like.
        widening: SMLAL, SMULL and their unsigned forms: int8 products without a dot product.
        float: FMLA on vectors.
    """

    total: int
    dot: int
    matrix: int
    widening: int
    float: int


def count_inference(
    model: BoardModel, files: Sequence[Path], out: Path
) -> dict[str, dict[str, Counts]]:
    """Return the instructions of an inference, by file name and way of running it.

    Args:
        model: The board.
        files: Model files of one format.
        out: A folder to write into.

    Ways: "invoke" and "run" of a session of the runtime, and "bare", the engine without it.
    """
    counts = out / f"{model.name}-{files[0].suffix[1:]}.txt"
    done = run_python(
        model,
        [HERE / "on_board.py", *files],
        paths=[RUNTIME, engine_folder(files[0].suffix[1:])],
        plugin=f"{_plugin()},out={counts}",
    )
    if done.returncode:
        raise AssertionError(f"counting failed with code {done.returncode}: {done.stderr[-2000:]}")
    lines = [_read(line) for line in counts.read_text(encoding="utf-8").splitlines()]
    found: dict[str, dict[str, Counts]] = {}
    for file in files:
        found[file.name] = {}
        for way in WAYS:
            runs, lines = lines[1 : RUNS + 1], lines[RUNS + 1 :]
            found[file.name][way] = sorted(runs, key=lambda one: one.total)[RUNS // 2]
    return found


def _read(line: str) -> Counts:
    """Return what the plugin wrote behind one mark."""
    words = dict(word.split("=") for word in line.split()[1:])
    return Counts(**{name: int(number) for name, number in words.items()})


def _plugin() -> Path:
    """Return the counting plugin, compiled for this machine."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        unavailable("no C compiler is installed: `apt install gcc libc6-dev` adds one")
    source = HERE / "plugin.c"

    def compile_(folder: Path) -> None:
        flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden"]
        command = [compiler, *flags, "-o", str(folder / "plugin.so"), str(source)]
        subprocess.run(command, check=True, capture_output=True, text=True)

    return built(f"plugin-{key_of(source.read_text(encoding='utf-8'))}", compile_) / "plugin.so"
