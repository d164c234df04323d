"""Peak memory of one candidate, alone in a process of its own.

    python -m edgeattn_runtime.memory MODEL --engine onnxruntime --threads 1 --runs 5

prints {"peak_rss_mb": ..., "baseline_rss_mb": ...}: the peak after the runs, and what Python, NumPy
and the engine had taken before the model was opened.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeattn_runtime.child import measure_in_child
from edgeattn_runtime.engine_import import import_engine
from edgeattn_runtime.errors import BadEnvironment, EdgeattnError
from edgeattn_runtime.session import format_of, installed_engine, open_session

RUNS = 5

STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class PeakMemory:
    """Peak resident memory in 10^6 bytes.

    Attributes:
        peak_rss_mb: Of the whole process.
        baseline_rss_mb: Of Python, NumPy and the imported engine, before a model was opened.
    """

    peak_rss_mb: float
    baseline_rss_mb: float

    @property
    def model_mb(self) -> float:
        """Return the model's own share: weights, packed weights, activations."""
        return max(self.peak_rss_mb - self.baseline_rss_mb, 0.0)


def peak_memory(
    model: Path, *, engine: str | None = None, threads: int = 1, runs: int = RUNS
) -> PeakMemory:
    """Open a model in a child process, run it on zeros a few times, and return its peak memory.

    Raises:
        BadEnvironment: The child could not run: out of memory, or the engine crashed.
    """
    engine = engine or installed_engine(format_of(model))
    measured = measure_in_child(
        __name__,
        [os.fspath(model), "--engine", engine, "--threads", str(threads), "--runs", str(runs)],
        what=f"the memory of {model.name}",
    )
    return PeakMemory(**measured)


def peak_rss_mb(model: Path, *, engine: str | None = None, threads: int = 1) -> float:
    """Return only the peak of `peak_memory`, the `peak_rss_mb` of report.json."""
    return peak_memory(model, engine=engine, threads=threads).peak_rss_mb


def own_peak_mb() -> float:
    """Return the peak resident memory of this process in 10^6 bytes.

    Linux's VmHWM belongs to this program alone. `ru_maxrss` survives exec: a child of a large
    parent would report the parent's peak (Linux, fs/exec.c, setmax_mm_hiwater_rss).
    """
    if STATUS.exists():
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    if sys.platform == "win32":
        raise BadEnvironment("peak memory is not measured on Windows; use WSL or the board itself")
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def main(arguments: list[str] | None = None) -> int:
    """Measure in this process and print one JSON object; the child's side of `peak_memory`."""
    parser = argparse.ArgumentParser(prog="python -m edgeattn_runtime.memory")
    parser.add_argument("model", type=Path)
    parser.add_argument("--engine")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args(arguments)
    try:
        engine = options.engine or installed_engine(format_of(options.model))
        import_engine(engine)
        baseline = own_peak_mb()
        session = open_session(options.model, engine=engine, threads=options.threads)
        inputs = {port.name: np.zeros(port.shape, port.dtype) for port in session.inputs}
        for _ in range(options.runs):
            session.run(inputs)
        measured = {
            "peak_rss_mb": round(own_peak_mb(), 3),
            "baseline_rss_mb": round(baseline, 3),
        }
    except EdgeattnError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(measured) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
