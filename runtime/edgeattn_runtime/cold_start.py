"""From nothing to the first answer: what a product feels after a boot or a crash.

    python -m edgeattn_runtime.cold_start MODEL --engine onnxruntime --threads 1

prints the milliseconds of importing NumPy and the engine, of opening the model, and of its first
inference. The files are in the system's cache from the second start on; how long a disk takes to
give them for the first time is not in here.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edgeattn_runtime.child import measure_in_child
from edgeattn_runtime.errors import EdgeattnError

STARTS = 3


@dataclass(frozen=True)
class ColdStart:
    """Medians over fresh processes, in milliseconds.

    Attributes:
        import_ms: Importing NumPy, this runtime and the engine.
        open_ms: Opening the model: reading, optimising, packing weights.
        first_ms: The first inference.
        starts: How many processes.
    """

    import_ms: float
    open_ms: float
    first_ms: float
    starts: int = STARTS

    @property
    def total_ms(self) -> float:
        """Return the time from a running interpreter to the first answer."""
        return self.import_ms + self.open_ms + self.first_ms

    def to_json(self) -> dict[str, Any]:
        """Return the object `cold_start` of a candidate."""
        return {**asdict(self), "total_ms": self.total_ms}

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> ColdStart:
        """Return what `to_json` wrote."""
        return cls(read["import_ms"], read["open_ms"], read["first_ms"], read["starts"])


def cold_start(model: Path, *, engine: str, threads: int = 1, starts: int = STARTS) -> ColdStart:
    """Start a process several times, open a model in each, and return the median durations.

    Raises:
        BadEnvironment: The process could not run.
    """
    arguments = [os.fspath(model), "--engine", engine, "--threads", str(threads)]
    what = f"the cold start of {model.name}"
    measured = [measure_in_child(__name__, arguments, what=what) for _ in range(starts)]
    medians = {name: sorted(one[name] for one in measured)[starts // 2] for name in measured[0]}
    return ColdStart(**medians, starts=starts)


def main(arguments: list[str] | None = None) -> int:
    """Measure in this process and print one JSON object; the child's side of `cold_start`."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m edgeattn_runtime.cold_start")
    parser.add_argument("model", type=Path)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        began = time.perf_counter_ns()
        import numpy as np

        from edgeattn_runtime.engine_import import import_engine
        from edgeattn_runtime.session import open_session

        import_engine(options.engine)
        imported = time.perf_counter_ns()
        session = open_session(options.model, engine=options.engine, threads=options.threads)
        opened = time.perf_counter_ns()
        session.run({port.name: np.zeros(port.shape, port.dtype) for port in session.inputs})
        answered = time.perf_counter_ns()
    except EdgeattnError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    durations = {
        "import_ms": (imported - began) / 1e6,
        "open_ms": (opened - imported) / 1e6,
        "first_ms": (answered - opened) / 1e6,
    }
    sys.stdout.write(json.dumps({name: round(ms, 3) for name, ms in durations.items()}) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
