"""Whole models on LiteRT, their attention cores computed by the engine and by edgeattn-kernels.

    python -m benchmarks.litert_kernels [--quick]

Writes docs/measurements/litert-kernels.md and .json.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from torch import nn

from benchmarks.library import WITH, without_library
from benchmarks.measuring import Effort, Timing, against, opened, time_in_turn
from benchmarks.record import Page, Table, effort_of, parse, write
from benchmarks.tflite_layers import written
from edgeattn.models.hybrid import Hybrid
from edgeattn.models.vit import VisionTransformer
from edgeattn_converters.policies.litert import LITERT_XNNPACK
from edgeattn_converters.policy import Policy
from edgeattn_converters.recipe import RECIPES
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.kernels import installed_kernels
from edgeattn_runtime.machine import context
from edgeattn_runtime.session import Session

SIDES = {64: (64, 128), 196: (112, 224), 784: (224, 448)}  # tokens: pixels of hybrid and ViT
FUSED = "int8-fused-core"
SHOWN = ("fp32", "int8-core", "int8-float-core", FUSED)

Results = dict[str, tuple[dict[str, Timing], dict[str, float]]]  # by model: timings, decibels

LEAD = """\
One thread; the files of one column ran in turn in one process, on random weights and pixels. Each \
cell is the median in milliseconds and, in brackets, how many times as fast as fp32 it is. The \
last rows are files of the rows above them, opened with the library; decibels compare the outputs \
of both. Read ratios, not milliseconds; the JSON beside this page holds the 95 % intervals."""


def models() -> dict[str, tuple[Callable[[], nn.Module], int]]:
    """Return name -> (model, side of its images)."""
    found: dict[str, tuple[Callable[[], nn.Module], int]] = {}
    for tokens, (near, _) in SIDES.items():
        found[f"hybrid, 2 blocks of {tokens} x 128"] = (partial(Hybrid, activation="gelu"), near)
    for tokens, (_, side) in SIDES.items():
        vit = partial(
            VisionTransformer, side=side, patch=16, width=192, norm="layer", activation="gelu"
        )
        found[f"ViT, 4 blocks of {tokens} x 192"] = (vit, side)
    return found


def sessions(
    make: Callable[[], nn.Module], side: int, policy: Policy = LITERT_XNNPACK
) -> dict[str, Session]:
    """Return the opened files, fp32 first, those with the library last."""
    recipe = replace(RECIPES["int8"], linears="static")
    files = written(make, (1, 3, side, side), recipe=recipe, policy=policy.with_kernels())
    files = {name: files[name] for name in SHOWN if name in files}
    with without_library():
        found = {name: opened(content) for name, content in files.items()}
    for name, content in files.items():
        session = opened(content)
        if session.kernels is not None:
            found[name + WITH] = session
    return found


def decibels(found: dict[str, Session]) -> dict[str, float]:
    """Return the SQNR of every file opened with the library against the same without it."""
    outputs = {name: next(iter(session.fetch().values())) for name, session in found.items()}
    return {
        name: sqnr_db(outputs[name.removesuffix(WITH)], outputs[name])
        for name in outputs
        if name.endswith(WITH)
    }


def measured(
    make: Callable[[], nn.Module], side: int, effort: Effort, policy: Policy = LITERT_XNNPACK
) -> tuple[dict[str, Timing], dict[str, float]]:
    """Return timings and decibels by file."""
    found = sessions(make, side, policy)
    runs = {name: session.invoke for name, session in found.items()}
    return against("fp32", time_in_turn(runs, effort)), decibels(found)


def table(results: Results) -> Table:
    """Return files down, models across."""
    names = list(dict.fromkeys(name for timings, _ in results.values() for name in timings))
    rows = [
        (name, *(_cell(name, timings, db) for timings, db in results.values())) for name in names
    ]
    return Table("Whole models", ("", *results), tuple(rows))


def _cell(name: str, timings: dict[str, Timing], db: dict[str, float]) -> str:
    if name not in timings:
        return "-"
    timing = timings[name]
    text = f"{timing.latency_ms.p50:.2f} ({timing.speedup.ratio:.2f}x)"
    return f"{text}, {db[name]:.0f} dB" if name in db else text


def numbers(results: Results) -> dict[str, Any]:
    """Return what the JSON beside the page holds."""
    return {
        "kernels": str(installed_kernels()),
        "models": {
            name: {
                "timings": {file: timing.to_json() for file, timing in timings.items()},
                "sqnr_db": db,
            }
            for name, (timings, db) in results.items()
        },
    }


def main() -> None:
    """Measure and write the page."""
    options = parse("litert_kernels", __doc__)
    effort, before = effort_of(options), context(threads=1)
    results = {name: measured(*model, effort) for name, model in models().items()}
    data = numbers(results)
    lead = f"{LEAD} The library is {installed_kernels()}."
    page = Page("litert-kernels", "Fused attention in LiteRT", lead, (table(results),), data)
    write(page, folder=options.out, effort=effort, before=before, module="litert_kernels")


if __name__ == "__main__":
    main()
