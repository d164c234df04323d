"""The fused int8 attention on emulated Arm CPUs: instructions against ONNX Runtime's float forms.

    python -m benchmarks.kernels.arm

Writes docs/measurements/kernels-arm.md and .json. Needs what the emulated boards need: Debian's
packages (docs/boards.md). Counts are the same on every machine and under any load.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from benchmarks.kernels.shapes import Shape
from benchmarks.record import Bar, Page, Table, effort_of, parse, write
from edgeattn_runtime.machine import context
from tests.boards.attention import SHAPES, Cores, count_cores
from tests.boards.models import I8MM, PI_4, PI_5, BoardModel
from tests.boards.packages import unpacked, versions
from tests.boards.wheels import ENGINES

LARGEST_RATIO = {PI_4: 0.7, PI_5: 0.35, I8MM: 0.28}
SHORTEST = 196  # tokens; shorter cores are reported, not held to a bar
TITLES = {
    PI_4: "Cortex-A72 (Raspberry Pi 4): no dot product",
    PI_5: "Cortex-A76 (Raspberry Pi 5): int8 dot product",
    I8MM: "int8 matrix products (i8mm)",
}

LEAD = """\
Arm code, executed by QEMU's user mode and counted to the instruction: the wheel of ONNX Runtime \
for aarch64, one core to a file, one thread. The fused form is a custom operator of the engine, \
uint8 in and out; the float forms are the engine's own, and the best of them is what counts. \
Loading, optimising and the first inference lie before the count begins. Instructions are no time: \
there is no cache and no second pipe in them, so the ratios compare kernels on one CPU and nothing \
else."""


def measured() -> dict[BoardModel, dict[Shape, Cores]]:
    """Count every core on every CPU."""
    return {
        model: {shape: count_cores(model, shape) for shape in SHAPES} for model in LARGEST_RATIO
    }


def table(model: BoardModel, found: dict[Shape, Cores]) -> Table:
    """Return one CPU's millions of instructions, forms down and shapes across."""
    names = next(iter(found.values())).forms
    rows = [
        (name, *(f"{cores.forms[name].total / 1e6:.2f}" for cores in found.values()))
        for name in names
    ]
    rows.append(("fused / best float", *(f"**{cores.ratio:.3f}**" for cores in found.values())))
    note = f"Millions of instructions; heads x tokens x head width. Fused by {_kernels(found)}."
    return Table(TITLES[model], ("", *(shape.name for shape in found)), tuple(rows), note)


def bars(results: dict[BoardModel, dict[Shape, Cores]]) -> tuple[Bar, ...]:
    """Return the goals: the worst shape of each CPU."""
    found = []
    for model, cores in results.items():
        ratios = {shape: one.ratio for shape, one in cores.items() if shape.tokens >= SHORTEST}
        worst = max(ratios, key=lambda shape: ratios[shape])
        largest = LARGEST_RATIO[model]
        found.append(
            Bar(
                f"fused / best float, {SHORTEST} to {max(s.tokens for s in ratios)} tokens, "
                f"{TITLES[model].partition(':')[0]}",
                f"<= {largest}",
                f"{min(ratios.values()):.3f} to {ratios[worst]:.3f} ({worst.name})",
                ratios[worst] <= largest,
            )
        )
    return tuple(found)


def data(results: dict[BoardModel, dict[Shape, Cores]]) -> dict[str, Any]:
    """Return plain values; `ratios` is what tests/boards/test_attention.py holds on to."""
    emulator = next(name for name in versions(unpacked("qemu-user")) if name.startswith("qemu"))
    return {
        "engine": ENGINES["onnx"][0],
        "emulator": emulator,
        "kernels": {model.name: _kernels(cores) for model, cores in results.items()},
        "ratios": {
            model.name: {shape.name: round(one.ratio, 4) for shape, one in cores.items()}
            for model, cores in results.items()
        },
        "instructions": {
            model.name: {
                shape.name: {name: asdict(counts) for name, counts in one.forms.items()}
                for shape, one in cores.items()
            }
            for model, cores in results.items()
        },
    }


def _kernels(found: dict[Shape, Cores]) -> str:
    """Return who computed, which is the same for all shapes."""
    return next(iter(found.values())).kernels


def main() -> None:
    """Count and write the page."""
    options = parse("kernels.arm", __doc__)
    before = context(threads=1)
    results = measured()
    page = Page(
        "kernels-arm",
        "Fused int8 attention on Arm",
        LEAD,
        tuple(table(model, cores) for model, cores in results.items()),
        data(results),
        bars(results),
    )
    write(page, folder=options.out, effort=effort_of(options), before=before, module="kernels.arm")


if __name__ == "__main__":
    main()
