"""The optional library of fused int8 attention, edgeattn-kernels: found, and told to the engine.

Files name their fused attention in a domain of its own and define it as a function too, so they
run with and without the library; which of the two it was stands in a report's context.
"""

from __future__ import annotations

import importlib
import importlib.util
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeattn_runtime.errors import BadUsage

PACKAGE = "edgeattn_kernels"
SWITCH, OFF = "EDGEATTN_KERNELS", "off"
OPERATOR = b"QLinearAttention"  # what a file calls that the library computes


@dataclass(frozen=True)
class Kernels:
    """The library that is at hand.

    Attributes:
        path: The shared library.
        version: Its version.
        instruction_set: What it computes with on this CPU: "avx512-vbmi", "neon-dot", "portable".
    """

    path: Path
    version: str
    instruction_set: str

    def __str__(self) -> str:
        """Return the name for reports: "edgeattn-kernels 0.1.0 (avx512-vbmi)"."""
        return f"edgeattn-kernels {self.version} ({self.instruction_set})"


def installed_kernels() -> Kernels | None:
    """Return the library, or None where it is not installed, does not load or is switched off.

    EDGEATTN_KERNELS=off switches it off; the name of an instruction set chooses that one.

    Raises:
        BadUsage: It names one that does not exist or that this CPU lacks.
    """
    if os.environ.get(SWITCH) == OFF or importlib.util.find_spec(PACKAGE) is None:
        return None
    try:
        package: Any = importlib.import_module(PACKAGE)
        return Kernels(Path(package.library()), package.version(), package.instruction_set())
    except (ImportError, OSError, AttributeError):
        return None  # of another machine, or of another version: models run without it
    except ValueError as error:
        raise BadUsage(f"{error}; {SWITCH}={OFF} leaves the library out") from error


@contextmanager
def without_kernels() -> Iterator[None]:
    """Switch the library off for a while: what is opened then runs by the engine alone."""
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = OFF
    try:
        yield
    finally:
        del os.environ[SWITCH]
        if before is not None:
            os.environ[SWITCH] = before


def kernels_for(model: Path | bytes) -> Kernels | None:
    """Return the library where an ONNX file calls what it computes.

    Raises:
        BadUsage: See `installed_kernels`.
    """
    kernels = installed_kernels()
    return kernels if kernels is not None and _calls(model) else None


def _calls(model: Path | bytes) -> bool:
    if isinstance(model, bytes):
        return OPERATOR in model
    with model.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(OPERATOR) >= 0
