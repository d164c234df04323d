"""Compile the baseline and the clock for this machine, and call them beside the library."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.kernels.shapes import Shape
from edgeattn_kernels.attention import Prepared, prepare
from edgeattn_kernels.loading import library

SOURCES = Path(__file__).parents[2] / "runtime" / "kernels" / "src"
FLAGS = (
    "-std=c++17", "-O3", "-fPIC", "-shared", "-fno-exceptions", "-fno-rtti", "-fno-math-errno",
    "-fno-trapping-math", "-ffp-contract=off", "-mavx512f", "-mavx512bw", "-mavx512vl",
    "-mavx512dq", "-mavx512vnni", "-mavx512vbmi", "-mprefer-vector-width=512",
)  # fmt: skip
CYCLES = 100_000
STEP = 0.03


def compiled(folder: Path) -> ctypes.CDLL:
    """Build baseline.cpp with the library's own flags; a failure shows the compiler's words."""
    path = folder / "libbaseline.so"
    here = Path(__file__).with_name("baseline.cpp")
    command = ["c++", *FLAGS, f"-I{SOURCES}", str(here), str(SOURCES / "exponential.cpp")]
    subprocess.run([*command, "-o", str(path)], check=True)
    return ctypes.CDLL(str(path))


def prepared(shape: Shape) -> Prepared:
    """Return a call on random numbers: int8, heads apart, float out."""
    random = np.random.default_rng(0)
    size = (1, shape.heads, shape.tokens, shape.width)
    q, k, v = (
        (random.standard_normal(size) / STEP).clip(-127, 127).astype(np.int8) for _ in range(3)
    )
    return prepare(q, k, v, score_scale=STEP * STEP * shape.width**-0.5, v_scale=STEP)


def offered(names: Sequence[str], folder: Path) -> dict[str, ctypes.CDLL]:
    """Return a copy of the library for each instruction set that this CPU has.

    A copy each, because choosing asks the CPU, which in a virtual machine takes microseconds.
    """
    found = {}
    for name in names:
        copy = folder / f"{name}.so"
        if not copy.exists():  # a loaded one must not change
            shutil.copyfile(library(), copy)
        loaded = ctypes.CDLL(str(copy))
        if loaded.edgeattn_choose_instruction_set(name.encode()) == 0:
            found[name] = loaded
    return found


def run_of(attend: Any, call: Prepared) -> Callable[[], object]:
    """Return a run of a function of the library's interface."""
    at = ctypes.addressof(call.call)
    attend.argtypes = [ctypes.c_void_p]
    return lambda: attend(at)


def cycles(library: ctypes.CDLL) -> Callable[[], object]:
    """Return a run of CYCLES clock cycles."""
    spend = library.baseline_cycles
    spend.argtypes = [ctypes.c_int64]
    return lambda: spend(CYCLES)
