"""An environment for every tool: pinned packages in a folder of their own, made once.

The tools' requirements contradict each other and EdgeAttn's, so nothing is shared but the cache of
pip. A finished environment carries a stamp with its pins; another stamp, and it is made anew.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

INSTALL_S = 1800
ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ("", "runtime", "converters")


@dataclass(frozen=True)
class Environment:
    """Where a tool lives.

    Attributes:
        name: Of the folder: the tool and its version.
        pins: What pip is given.
    """

    name: str
    pins: tuple[str, ...]

    def python(self, root: Path) -> Path:
        """Return the interpreter, whether or not it exists."""
        return root / self.name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def is_ready(self, root: Path) -> bool:
        """Tell whether exactly these pins were installed to the end."""
        stamp = root / self.name / "installed.txt"
        return stamp.is_file() and stamp.read_text() == "\n".join(self.pins)

    def install(self, root: Path) -> None:
        """Make the environment, unless it is ready.

        Raises:
            OSError: The folder cannot be made.
            SubprocessError: pip failed, or took longer than half an hour.
        """
        if self.is_ready(root):
            return
        folder = root / self.name
        venv.create(folder, with_pip=True, clear=True)
        words = [str(self.python(root)), "-m", "pip", "install", "--quiet", *self.pins]
        subprocess.run(words, check=True, capture_output=True, text=True, timeout=INSTALL_S)
        (folder / "installed.txt").write_text("\n".join(self.pins))

    def megabytes(self, root: Path) -> float:
        """Return the size of everything installed, pip aside, in 10^6 bytes."""
        return tree_bytes(root / self.name, but="pip") / 1e6


TORCH = "torch==2.13.0"
ENGINE = "onnxruntime==1.31.1"

ONNXRUNTIME = Environment(
    "onnxruntime-1.31.1", (ENGINE, "onnx==1.23.2", "onnxsim==0.8.1", "sympy==1.14.0")
)
OPTIMUM = Environment(
    "optimum-onnx-0.1.0", (TORCH, "optimum-onnx[onnxruntime]==0.1.0", ENGINE, "onnx==1.23.2")
)
OLIVE = Environment(
    "olive-ai-0.13.0",
    (TORCH, "olive-ai==0.13.0", ENGINE, "requests==2.34.2"),  # imported, not required
)
LITERT = Environment(
    "litert-torch-0.10.0", (TORCH, "litert-torch==0.10.0", "ai-edge-quantizer==0.10.0")
)
ONNX2TF = Environment("onnx2tf-1.29.24", ("onnx2tf==1.29.24",))
OPENVINO = Environment("openvino-2026.4.1", ("openvino==2026.4.1", "nncf==3.4.0"))
EXECUTORCH = Environment("executorch-1.5.1", (TORCH, "executorch==1.5.1"))
TORCHAO = Environment("torchao-0.18.0", (TORCH, "torchao==0.18.0", "numpy==2.4.6"))


def child_environment() -> dict[str, str]:
    """Return the variables of a tool or engine: one thread, no telemetry, EdgeAttn's sources."""
    paths = os.pathsep.join(str(ROOT / part) for part in SOURCES)
    return {
        **os.environ,
        "PYTHONPATH": paths,
        "OMP_NUM_THREADS": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "HF_HUB_OFFLINE": "1",
        "OLIVE_DISABLE_TELEMETRY": "1",
        "CI": "true",  # what turns OpenVINO's and NNCF's telemetry off
    }


def tree_bytes(folder: Path, but: str = "") -> int:
    """Return the size of all files under a folder, leaving out packages of the name `but`."""
    return sum(
        path.stat(follow_symlinks=False).st_size
        for path in folder.rglob("*")
        if path.is_file() and not (but and re.search(rf"/{but}(-[\d.]+\.dist-info)?/", str(path)))
    )


@cache
def own_megabytes() -> float:
    """Return the installed size of what `edgeattn[all]` requires, in 10^6 bytes."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = ["numpy", "click"]
    for extra in ("onnx", "tflite", "train", "report"):
        line = re.search(rf"^{extra} = \[(.*)\]$", text, re.MULTILINE)
        wanted += [] if line is None else re.findall(r'"([\w-]+)', line.group(1))
    own = sum(tree_bytes(ROOT / part) for part in ("edgeattn", "runtime", "converters"))
    return (own + sum(map(_package_bytes, closure(wanted)))) / 1e6


def closure(names: Iterable[str]) -> Iterator[str]:
    """Yield these installed packages and all that they require here, each once.

    >>> "numpy" in set(closure(["numpy"]))
    True
    """
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            required = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        yield name
        todo += [
            found.group()
            for line in required
            if "extra ==" not in line and (found := re.match(r"[\w.-]+", line))
        ]


def _package_bytes(name: str) -> int:
    files = importlib.metadata.files(name) or []
    return sum(
        path.stat().st_size for file in files if (path := Path(str(file.locate()))).is_file()
    )


def own_python() -> Path:
    """Return the interpreter that runs EdgeAttn and its pinned engines."""
    return Path(sys.executable)
