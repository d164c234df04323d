"""What a tool is asked to do, and how it says what it did: the frame of every file beside this.

    PYTHON -m benchmarks.peers.tools.TOOL --model NAME --source DIR --out DIR

A tool writes one file per recipe into --out and told.json about each: the file's name and the
seconds it took from the float model in memory, or why there is none.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.reasons import first_line
from benchmarks.peers.source import Array, Source


@dataclass(frozen=True)
class Order:
    """One model for one tool.

    Attributes:
        source: The model and its samples.
        out: Where files go.
    """

    source: Source
    out: Path

    @property
    def onnx(self) -> Path:
        """PyTorch's export, a copy of this tool's own: onnx2tf writes into what it reads."""
        path = self.out / "source.onnx"
        if not path.exists():
            shutil.copy(self.source.onnx, path)
        return path

    @property
    def export_s(self) -> float:
        """Seconds that PyTorch's export to ONNX took, for tools that start from it."""
        return float(self.source.told()["export_s"])

    def seconds_of(self, recipe: str) -> float:
        """Return how long an earlier recipe took, for one that stands on it; 0 if it failed."""
        return float(told_in(self.out).get(recipe, {}).get("seconds", 0.0))

    def calibration(self) -> list[dict[str, Array]]:
        """Return the samples, batches of one by input name."""
        samples = self.source.samples("calibration")
        count = len(next(iter(samples.values())))
        return [{n: values[i : i + 1] for n, values in samples.items()} for i in range(count)]

    @contextmanager
    def making(self, recipe: str, file: str, before_s: float = 0.0) -> Iterator[Making]:
        """Time the making of one file; what goes wrong is told, and the next recipe begins.

        Args:
            recipe: Its short name, as the catalogue has it.
            file: What is written, relative to `out`.
            before_s: Seconds that earlier steps took which this one stands on.
        """
        making = Making(self.out / file)
        started = time.perf_counter()
        try:
            yield making
            told: dict[str, Any] = {
                "file": file,
                "seconds": before_s + time.perf_counter() - started,
                "note": making.note,
            }
            if not making.path.exists():
                told = {"error": "no file was written, and no error said why"}
        except Exception as error:  # whatever a foreign tool raises is its row in the table
            told = {"error": first_line(error)}
        tell(self.out, recipe, told)


@dataclass
class Making:
    """A file in the making.

    Attributes:
        path: Where it goes.
        note: What had to be done first, or otherwise than documented.
    """

    path: Path
    note: str = ""


def tell(out: Path, recipe: str, told: dict[str, Any]) -> None:
    """Add one recipe to told.json, so that what was made before a crash stays known."""
    path, partial = out / "told.json", out / "told.partial"
    partial.write_text(json.dumps({**told_in(out), recipe: told}, indent=1))
    os.replace(partial, path)


def told_in(out: Path) -> dict[str, Any]:
    """Return told.json, empty before the first recipe."""
    path = out / "told.json"
    read: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return read


def run_tool(make: Callable[[Order], None]) -> None:
    """Read the command line and make the files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    make(Order(Source(options.model, options.source), options.out))
