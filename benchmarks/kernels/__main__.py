"""The fused int8 attention against the engine's forms, a float softmax, and the counted bound.

    python -m benchmarks.kernels [--quick]

Writes docs/measurements/kernels.md and .json.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from ctypes import CDLL
from pathlib import Path
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.kernels.accuracy import Layer, layers
from benchmarks.kernels.native import CYCLES, compiled, cycles, offered, prepared, run_of
from benchmarks.kernels.onnx_cores import DEPTH, FLOATS, FORMS, STOCK_INT8
from benchmarks.kernels.shapes import LONG, SHAPES, SHORT, Shape
from benchmarks.measuring import Effort, Timing, against, compare_files, time_in_turn
from benchmarks.record import Bar, Page, Table, effort_of, parse, write
from edgeattn_kernels import instruction_set, version
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.machine import context

SETS = ("avx512-vbmi", "avx512-vnni", "avx-vnni", "avx2")
BASELINE, CLOCK = "int8 products, float softmax (AVX-512)", "clock"
LARGEST_OVER_BOUND = 1.5
MOST_LOST_DB = 4

LEAD = f"""\
One thread; all forms of one shape (heads x tokens x head width) ran in turn in one process. \
Inside the engine {DEPTH} cores run in a row, the result of one being the query of the next; \
microseconds are those of one core. Behind a time stands how many times as long it takes as the \
first row. The bound counts the dot-product instructions of 64 products, one per cycle; the clock \
is that of a chain of additions which ran in the same turns."""


def in_the_engine(shape: Shape, effort: Effort) -> dict[str, Timing]:
    """Time every form of the core in ONNX Runtime."""
    return compare_files({name: form(shape).content() for name, form in FORMS.items()}, effort)


def by_itself(
    shape: Shape, effort: Effort, native: CDLL, libraries: Mapping[str, CDLL]
) -> dict[str, Timing]:
    """Time every instruction set, the baseline and the clock through ctypes."""
    call = prepared(shape)
    attends = {name: loaded.edgeattn_attend for name, loaded in libraries.items()}
    attends[BASELINE] = native.baseline_attend
    runs = {name: run_of(attend, call) for name, attend in attends.items()}
    runs[CLOCK] = cycles(native)
    return against(next(iter(runs)), time_in_turn(runs, effort))


def over_bound(shape: Shape, found: dict[str, Timing], name: str) -> float:
    """Return the cycles of `name` over the dot-product instructions of AVX-512."""
    milliseconds_per_cycle = found[CLOCK].latency_ms.p50 / CYCLES
    return found[name].latency_ms.p50 / milliseconds_per_cycle / shape.dot_products


def slower(timing: Timing) -> float:
    """Return how many times as long as the reference it takes."""
    return 1 / timing.speedup.ratio


def table(title: str, note: str, results: dict[Shape, dict[str, Timing]], share: float) -> Table:
    """Return forms down, shapes across; `share` of a run is one core."""
    names = [name for name in next(iter(results.values())) if name != CLOCK]
    rows = [(name, *(_cell(found[name], share) for found in results.values())) for name in names]
    return Table(title, ("", *(shape.name for shape in results)), tuple(rows), note)


def bound_table(results: dict[Shape, dict[str, Timing]]) -> Table:
    """Return cycles over the bound."""
    names = [name for name in next(iter(results.values())) if name != CLOCK]
    rows = [
        (name, *(f"{over_bound(shape, found, name):.2f}" for shape, found in results.items()))
        for name in names
    ]
    clocks = [CYCLES / found[CLOCK].latency_ms.p50 / 1e6 for found in results.values()]
    rows.append(("clock, GHz", *(f"{ghz:.2f}" for ghz in clocks)))
    return Table(
        "Cycles over the bound",
        ("", *(shape.name for shape in results)),
        tuple(rows),
        "Below 1 is possible where the CPU starts two dot products in a cycle.",
    )


def accuracy_table(found: tuple[Layer, ...]) -> Table:
    """Return one row per attention layer of the zoo."""
    return Table(
        "Accuracy on trained models",
        ("model", "layer", "keys", "int8, float softmax, dB", "kernel, dB", "two planes, dB"),
        tuple(layer.cells() for layer in found),
        "SQNR of the core's output against float attention of the unrounded Q, K and V.",
    )


def bars(
    engine: dict[Shape, dict[str, Timing]],
    alone: dict[Shape, dict[str, Timing]],
    accuracy: tuple[Layer, ...],
) -> tuple[Bar, ...]:
    """Return the goals."""
    best = next(iter(next(iter(alone.values()))))

    def at_least(what: str, wanted: float, ratios: list[float]) -> Bar:
        return Bar(what, f">= {wanted}", _listed(ratios), min(ratios) >= wanted)

    def floats(shapes: tuple[Shape, ...]) -> list[float]:
        return [min(slower(engine[shape][name]) for name in FLOATS) for shape in shapes]

    bounds = [over_bound(shape, found, best) for shape, found in alone.items()]
    return (
        at_least("its fastest float form, 784 tokens", 3, floats((LONG,))),
        at_least("its fastest float form, 64 to 197 tokens", 2.2, floats(SHORT)),
        at_least("its int8 Q/DQ, 784 tokens", 6, [slower(engine[LONG][STOCK_INT8])]),
        at_least(
            "its int8 Q/DQ, 64 to 197 tokens", 3, [slower(engine[s][STOCK_INT8]) for s in SHORT]
        ),
        at_least(
            "int8 with a float softmax", 1.5, [slower(found[BASELINE]) for found in alone.values()]
        ),
        Bar(
            f"cycles over the bound, {best}",
            f"<= {LARGEST_OVER_BOUND}",
            _listed(bounds),
            max(bounds) <= LARGEST_OVER_BOUND,
        ),
        Bar(
            "dB lost to a float softmax, trained models",
            f"<= {MOST_LOST_DB}",
            f"{max(layer.lost_db for layer in accuracy):.1f}",
            max(layer.lost_db for layer in accuracy) <= MOST_LOST_DB,
        ),
    )


def main() -> None:
    """Measure and write the page."""
    options = parse("kernels", __doc__)
    effort, before = effort_of(options), context(threads=1)
    with tempfile.TemporaryDirectory() as folder:
        libraries = offered(SETS, Path(folder))
        if next(iter(libraries), None) != SETS[0]:
            raise BadEnvironment(
                f"the baseline and the bound are those of {SETS[0]}, which this CPU lacks; "
                "measure on one that has it (Ice Lake, Zen 4 or later)"
            )
        native = compiled(Path(folder))
        alone = {shape: by_itself(shape, effort, native, libraries) for shape in SHAPES}
    engine = {shape: in_the_engine(shape, effort) for shape in SHAPES}
    accuracy = layers()
    data: dict[str, Any] = {
        "kernels": {"version": version(), "instruction_set": instruction_set()},
        "engine": _json(engine),
        "alone": _json(alone),
        "accuracy": [layer.to_json() for layer in accuracy],
        "clock_ghz": {
            shape.name: CYCLES / found[CLOCK].latency_ms.p50 / 1e6 for shape, found in alone.items()
        },
    }
    page = Page(
        "kernels",
        "Fused int8 attention",
        LEAD,
        (
            table("Inside ONNX Runtime", "Microseconds of one core.", engine, 1 / DEPTH),
            table("By itself, through ctypes", "Microseconds of one core.", alone, 1),
            bound_table(alone),
            accuracy_table(accuracy),
        ),
        data,
        bars(engine, alone, accuracy),
    )
    write(page, folder=options.out, effort=effort, before=before, module="kernels")


def _json(results: dict[Shape, dict[str, Timing]]) -> dict[str, Any]:
    return {
        shape.name: {name: timing.to_json() for name, timing in found.items()}
        for shape, found in results.items()
    }


def _cell(timing: Timing, share: float) -> str:
    return f"{timing.latency_ms.p50 * 1000 * share:.0f} ({slower(timing):.2f})"


def _listed(numbers: list[float]) -> str:
    return ", ".join(f"{number:.2f}" for number in numbers)


if __name__ == "__main__":
    main()
