"""Count the arm64 instructions of one inference: exact, the same on every machine and under load.

Instructions are not time: there is no cache, no memory bus and no second pipe in them. They serve
as ratios between two models on one CPU, and to notice that something changed.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.boards.cache import built, key_of, unavailable
from tests.boards.counting.on_board import RUNS, WAYS
from tests.boards.models import BoardModel
from tests.boards.user_mode import run_python
from tests.boards.wheels import engine_folder

HERE = Path(__file__).parent / "counting"
RUNTIME = Path(__file__).parents[2] / "runtime"
PRECISIONS = ("fp32", "int8")


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


def count_inferences(model: BoardModel, bundle: Path, format: str) -> dict[str, dict[str, Counts]]:
    """Return the instructions of an inference, by precision and way of running it.

    Args:
        model: The board.
        bundle: A folder of the cache, so that its name stands for its content.
        format: "onnx" or "tflite": which of its files.

    Ways: "invoke" and "run" of a session of the runtime, and "bare", the engine without it. The
    same files give the same counts, so they are counted once.
    """
    files = [bundle / f"model_{precision}.{format}" for precision in PRECISIONS]
    program = HERE / "on_board.py"
    code = [path.read_text(encoding="utf-8") for path in sorted(RUNTIME.rglob("*.py"))]
    engine, plugin = engine_folder(format), counting_plugin()
    key = key_of(bundle.name, str(engine), str(plugin), program.read_text(encoding="utf-8"), code)

    def count(folder: Path) -> None:
        done = run_python(
            model,
            [program, *files],
            paths=[RUNTIME, engine],
            plugin=f"{plugin},out={folder / 'counts.txt'}",
        )
        if done.returncode:
            raise AssertionError(f"counting ended with {done.returncode}: {done.stderr[-2000:]}")

    folder = built(f"counts-{model.name}-{format}-{key}", count)
    counts = read_counts(folder / "counts.txt")
    found: dict[str, dict[str, Counts]] = {}
    for precision in PRECISIONS:
        found[precision] = {}
        for way in WAYS:
            runs, counts = counts[1 : RUNS + 1], counts[RUNS + 1 :]
            found[precision][way] = sorted(runs, key=lambda one: one.total)[RUNS // 2]
    return found


def read_counts(path: Path) -> list[Counts]:
    """Return what the plugin wrote, a `Counts` per mark."""
    return [_read(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _read(line: str) -> Counts:
    """Return what the plugin wrote behind one mark."""
    words = dict(word.split("=") for word in line.split()[1:])
    return Counts(**{name: int(number) for name, number in words.items()})


def counting_plugin() -> Path:
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
