"""Count the arm64 instructions of attention cores: the engine's float forms and the fused int8 one.

Both sides run inside ONNX Runtime, one core to a file, one inference between two marks; loading
and optimising lie before the first mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kernels.onnx_cores import FLOATS, FORMS, OURS
from benchmarks.kernels.shapes import Shape
from tests.boards.cache import built, key_of
from tests.boards.instructions import HERE, RUNTIME, Counts, counting_plugin, read_counts
from tests.boards.kernels import kernels_folder
from tests.boards.models import BoardModel
from tests.boards.user_mode import run_python
from tests.boards.wheels import engine_folder

ROOT = Path(__file__).parents[2]
SHAPES = (
    Shape(4, 196, 32), Shape(3, 197, 64), Shape(4, 784, 32), Shape(4, 1024, 32), Shape(4, 64, 32),
    Shape(8, 64, 64),
)  # fmt: skip


@dataclass(frozen=True)
class Cores:
    """Instructions of one inference of one shape.

    Attributes:
        forms: By the form's name, the fused one first.
        kernels: Who computed the fused form, as the runtime names it.
    """

    forms: dict[str, Counts]
    kernels: str

    @property
    def ratio(self) -> float:
        """Instructions of the fused form over those of the best float form."""
        return self.forms[OURS].total / min(self.forms[name].total for name in FLOATS)


def count_cores(model: BoardModel, shape: Shape) -> Cores:
    """Return the instructions of every form."""
    fused, kernels = count_fused(model, shape)
    floats = _counted(model, shape, FLOATS, [])
    return Cores(
        {OURS: fused, **dict(zip(FLOATS, read_counts(floats)[1::2], strict=True))}, kernels
    )


def count_fused(model: BoardModel, shape: Shape) -> tuple[Counts, str]:
    """Return the instructions of the fused form, and who computed it."""
    counts = _counted(model, shape, [OURS], [kernels_folder()])
    said = counts.with_name("said.txt").read_text(encoding="utf-8")
    return read_counts(counts)[1], said.strip()


def _counted(model: BoardModel, shape: Shape, names: Iterable[str], paths: list[Path]) -> Path:
    """Return the plugin's file, two marks to a form; the same files are counted once."""
    contents = [FORMS[name](shape).content(depth=1) for name in names]
    program, engine, plugin = HERE / "attention.py", engine_folder("onnx"), counting_plugin()
    code = [path.read_text(encoding="utf-8") for path in (program, *sorted(RUNTIME.glob("*/*.py")))]
    key = key_of([content.hex() for content in contents], paths, engine, plugin, code)

    def count(folder: Path) -> None:
        files = [folder / f"{i}.onnx" for i in range(len(contents))]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        done = run_python(
            model,
            [program, *files],
            paths=[ROOT, RUNTIME, *paths, engine],
            plugin=f"{plugin},out={folder / 'counts.txt'}",
        )
        if done.returncode:
            raise AssertionError(f"counting ended with {done.returncode}: {done.stderr[-2000:]}")
        (folder / "said.txt").write_text(done.stdout, encoding="utf-8")

    name = f"cores-{model.name}-{shape.name.replace(' ', '')}-{len(contents)}-{key}"
    return built(name, count) / "counts.txt"
