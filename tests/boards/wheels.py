"""Engines for the boards: arm64 wheels out of pip, installed into a folder without emulation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.boards.cache import built, key_of, unavailable
from tests.boards.system import PYTHON, compile_python

ENGINES = {
    "onnx": ("onnxruntime==1.31.1", "numpy==2.4.6"),
    "tflite": ("ai-edge-litert==2.3.0", "numpy==2.4.6"),
}
GLIBC = ("2_34", "2_31", "2_28", "2_27", "2_17")  # wheels name the oldest C library they run with
INSTALL_S = 600


def engine_folder(format: str) -> Path:
    """Return a folder for PYTHONPATH that holds the engine of a format, "onnx" or "tflite"."""
    requirements = ENGINES[format]

    def fill(folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-input"]
        command += ["--only-binary=:all:", "--implementation=cp", "--python-version=3.11"]
        command += [f"--abi={abi}" for abi in ("cp311", "abi3", "none")]
        command += [f"--platform=manylinux_{glibc}_aarch64" for glibc in GLIBC]
        command += ["--platform=manylinux2014_aarch64", f"--target={folder}", *requirements]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S)
        except subprocess.TimeoutExpired:
            unavailable(f"pip took more than {INSTALL_S} s for {', '.join(requirements)}")
        if done.returncode:
            unavailable(f"pip cannot give {', '.join(requirements)}: {done.stderr.strip()[-300:]}")
        compile_python(folder)

    return built(f"engine-{format}-{key_of(requirements, PYTHON)}", fill)
