"""The bundle that the boards run: the gesture hybrid, converted for arm64 as a user would.

Which int8 variant is best is measured by convert on the machine it runs on; here it is decided, so
that every machine makes the same files. Few photos, because an emulated inference takes its time.
"""

from __future__ import annotations

import shutil
import time
from importlib.metadata import version
from pathlib import Path
from unittest import mock

import numpy as np

from tests.boards.cache import cache_folder, key_of, locked

ROOT = Path(__file__).parents[2]
SOURCES = ("edgeattn/models", "edgeattn/data", "edgeattn/sources", "edgeattn/conversion.py",
           "converters", "runtime/edgeattn_runtime/manifest.py")  # fmt: skip
TOOLS = ("torch", "onnx", "onnxruntime", "ai-edge-litert", "numpy")
RECIPE = """\
name = "board"
core = "{core}"
linears = "static"
"""
KEPT_S = 86400
CALIBRATION, EVALUATION = 32, 8  # photos


def board_bundle(core: str = "float") -> Path:
    """Return the bundle, converted again when anything it is made by has changed.

    Args:
        core: Of attention, in the int8 files: "float", or "fused", as edgeattn-kernels computes it.
    """
    code = [path.read_text(encoding="utf-8") for path in _sources()]
    recipe = RECIPE.format(core=core)
    name = f"bundle-{key_of(code, [version(tool) for tool in TOOLS], recipe, EVALUATION)}"
    folder = cache_folder() / name
    with locked("bundle"):
        if not folder.is_dir():
            for old in cache_folder().glob("bundle-*/"):
                if time.time() - old.stat().st_mtime > KEPT_S:  # a younger one may be in use
                    shutil.rmtree(old)
            _convert(folder, recipe)
    return folder


def _sources() -> list[Path]:
    """Return the files that decide what a bundle looks like."""
    places = [ROOT / name for name in SOURCES]
    found = [path for place in places for path in place.rglob("*.py")]
    return sorted(found + [place for place in places if place.is_file()])


def _convert(folder: Path, recipe: str) -> None:
    """Convert the model; its measurements are of this machine and not looked at."""
    from edgeattn.conversion import convert
    from edgeattn.data.gestures import load_gestures
    from edgeattn_converters import verify

    work = folder.with_name("bundle.work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    (work / "recipe.toml").write_text(recipe, encoding="utf-8")
    for name, split, count in (
        ("calibration", "train", CALIBRATION), ("evaluation", "test", EVALUATION)
    ):  # fmt: skip
        photos = load_gestures(split)
        rows = np.linspace(0, len(photos.y) - 1, count).astype(int)
        np.savez(work / f"{name}.npz", x=photos.x["x"][rows], y=photos.y[rows])
    with mock.patch.multiple(
        verify, WARMUP=1, ITERATIONS=3, BUDGET_S=0.2, peak_rss_mb=lambda path, threads: 1.0
    ):
        convert(
            "gesture-hybrid", out=work / "bundle", calib=work / "calibration.npz",
            evaluation=work / "evaluation.npz", recipe=str(work / "recipe.toml"), target="arm64",
            search=False,
        )  # fmt: skip
    (work / "bundle").rename(folder)
    shutil.rmtree(work)
