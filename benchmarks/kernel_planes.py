"""What weights of 15 bits cost in a fused core alone, against weights of 8 bits.

    python -m benchmarks.kernel_planes [--quick]

Writes docs/measurements/kernel-planes.md and .json.
"""

from __future__ import annotations

from ctypes import CDLL
from typing import Any

import numpy as np

from benchmarks.kernels.native import run_of
from benchmarks.kernels.shapes import SHAPES, Shape
from benchmarks.measuring import Effort, Timing, against, time_in_turn
from benchmarks.record import Page, Table, effort_of, parse, write
from edgeattn_kernels import instruction_set, library
from edgeattn_kernels.attention import prepare
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.machine import context

DEVIATION = 73.3  # of whole numbers from -127 to 127
LEAD = """\
One thread; both forms of one shape (heads x tokens x head width) ran in turn in one process, \
through ctypes, on random numbers. Microseconds of one core. When a file asks for two planes: \
converters/edgeattn_converters/weight_planes.py."""


def timings(shape: Shape, effort: Effort) -> dict[str, Timing]:
    """Return the times of one plane and of two."""
    random = np.random.default_rng(shape.tokens)
    size = (3, 1, shape.heads, shape.tokens, shape.width)
    q, k, v = random.integers(-127, 128, size).astype(np.int8)
    attend = CDLL(str(library())).edgeattn_attend
    scale = 1 / (DEVIATION**2 * shape.width**0.5)
    calls = {
        str(planes): prepare(q, k, v, score_scale=scale, v_scale=1 / DEVIATION, planes=planes)
        for planes in (1, 2)
    }  # they own the memory that the runs write to
    runs = {name: run_of(attend, call) for name, call in calls.items()}
    refused = [name for name, run in runs.items() if run() != 0]
    if refused:
        raise BadEnvironment(f"edgeattn-kernels refused {shape.name} with planes {refused}")
    return against("1", time_in_turn(runs, effort))


def cells(shape: Shape, found: dict[str, Timing]) -> tuple[str, ...]:
    """Return one row."""
    once, twice = (f"{found[name].latency_ms.p50 * 1000:.0f}" for name in ("1", "2"))
    return shape.name, once, twice, f"{1 / found['2'].speedup.ratio:.2f}"


def main() -> None:
    """Measure and write the page."""
    options = parse("kernel_planes", __doc__)
    effort, before = effort_of(options), context(threads=1)
    found = {shape: timings(shape, effort) for shape in SHAPES}
    head = ("heads x tokens x width", "one plane", "two planes", "times as long")
    table = Table("Time", head, tuple(cells(shape, one) for shape, one in found.items()))
    data: dict[str, Any] = {
        "instruction_set": instruction_set(),
        "cores": {
            shape.name: {name: timing.to_json() for name, timing in one.items()}
            for shape, one in found.items()
        },
    }
    page = Page(
        "kernel-planes", "Weights of 15 bits", f"{LEAD} Instruction set: {instruction_set()}.",
        (table,), data,
    )  # fmt: skip
    write(page, folder=options.out, effort=effort, before=before, module="kernel_planes")


if __name__ == "__main__":
    main()
