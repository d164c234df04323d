"""What Google's own tools make of the model: litert-torch, then ai-edge-quantizer.

They live in an environment of their own, made here from pinned versions and kept for the next run.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import venv
from pathlib import Path

import numpy as np

from benchmarks.contender import Contender
from edgeattn.data.data import Data

PINS = ("torch==2.13.0", "litert-torch==0.10.0", "ai-edge-quantizer==0.10.0")
RECIPES = {
    "float": ("litert-torch", "fp32"),
    "static": ("ai-edge-quantizer static_wi8_ai8()", "int8"),
    "dynamic": ("ai-edge-quantizer dynamic_wi8_afp32()", "int8"),
}
ROOT = Path(__file__).resolve().parent.parent
INSTALL_S, CONVERT_S = 1800, 600


def default_environments() -> Path:
    """Return the folder for environments where none is named."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "edgeattn" / "environments"


def stock_litert(model: str, calibration: Data, environments: Path) -> tuple[Contender, ...]:
    """Return the three files, or three rows that say why there are none.

    Args:
        model: A name of the zoo.
        calibration: The samples that the other candidates were calibrated with.
        environments: Where the tools are installed, or will be.
    """
    try:
        python = ready_environment(environments / "litert-torch-0.10.0")
        return converted(python, model, calibration)
    except (OSError, subprocess.SubprocessError) as error:
        words = f"not measured: {reason(error)}"
        return tuple(
            Contender("tflite", recipe, precision, note=words)
            for recipe, precision in RECIPES.values()
        )


def ready_environment(folder: Path) -> Path:
    """Return the environment's Python, installing what is pinned unless that was done before.

    Raises:
        OSError: The folder cannot be made.
        SubprocessError: pip failed or took longer than half an hour.
    """
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "installed.txt"
    if stamp.exists() and stamp.read_text() == "\n".join(PINS):
        return python
    venv.create(folder, with_pip=True, clear=True)
    run([str(python), "-m", "pip", "install", "--quiet", *PINS], INSTALL_S)
    stamp.write_text("\n".join(PINS))
    return python


def converted(python: Path, model: str, calibration: Data) -> tuple[Contender, ...]:
    """Run the worker and read its files."""
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder, "calibration.npz")
        np.savez(samples, x=next(iter(calibration.x.values())))
        worker = Path(__file__).with_name("stock_litert_worker.py")
        run(
            [
                str(python), str(worker), "--model", model,
                "--calibration", str(samples), "--out", folder,
            ],
            CONVERT_S,
        )  # fmt: skip
        told = json.loads(Path(folder, "seconds.json").read_text())
        found = []
        for name, (recipe, precision) in RECIPES.items():
            file = Path(folder, f"{name}.tflite")
            if name in told["seconds"]:
                found.append(
                    Contender(
                        "tflite", recipe, precision, False, file.read_bytes(),
                        told["seconds"][name],
                    )
                )  # fmt: skip
            else:
                words = f"failed: {told['errors'].get(name, 'without a word')}"
                found.append(Contender("tflite", recipe, precision, note=words))
        return tuple(found)


def run(command: list[str], timeout_s: float) -> None:
    """Run a program that must succeed; EdgeAttn's model code is on its path, nothing else of it."""
    paths = os.pathsep.join(str(ROOT / part) for part in ("", "runtime", "converters"))
    environment = {**os.environ, "PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=timeout_s, env=environment
    )


def reason(error: Exception) -> str:
    """Return what went wrong in one line without any path."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"took longer than {error.timeout:.0f} s"
    if isinstance(error, subprocess.CalledProcessError):
        said = [line for line in (error.stderr or "").splitlines() if line.strip()]
        what = "pip" if "pip" in error.cmd else "the conversion"
        return f"{what} ended with {error.returncode}: {said[-1].strip()[:100] if said else ''}"
    return f"{type(error).__name__}, {error.strerror}" if isinstance(error, OSError) else str(error)
