"""Whole models on ONNX Runtime, computed by the engine alone and with edgeattn-kernels.

    python -m benchmarks.onnx_kernels [--quick]

Writes docs/measurements/onnx-kernels.md and .json.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from torch import nn

from benchmarks.library import WITH
from benchmarks.litert_kernels import FUSED, Results, measured, models, numbers, table
from benchmarks.peers.models import hybrid_224, vit_tiny
from benchmarks.record import Bar, Page, effort_of, parse, write
from edgeattn.models.hybrid import Hybrid
from edgeattn_converters.policies import policy_for
from edgeattn_runtime.kernels import installed_kernels
from edgeattn_runtime.machine import context, cpu_class

LEAST_SPEEDUP = 2.5
VIT, PLAIN = "ViT-tiny/16, 197 tokens", "hybrid with ReLU, 2 blocks of 784 x 128"
HARDSWISH = "hybrid with Hardswish, 784 and 196 tokens"
BARRED = (PLAIN, HARDSWISH, VIT)

LEAD = """\
One thread; the files of one column ran in turn in one process, on random weights and pixels. Each \
cell is the median in milliseconds and, in brackets, how many times as fast as fp32 it is. The \
last row is the file of the row above it, opened with the library, which then computes attention, \
activations between integers and LayerNorms; decibels compare the outputs of \
both. Read ratios, not milliseconds; the JSON beside this page holds the 95 % intervals."""


def subjects() -> dict[str, tuple[Callable[[], nn.Module], int]]:
    """Return name -> (model, side of its images)."""
    return {
        PLAIN: (partial(Hybrid, activation="relu"), 224),
        HARDSWISH: (hybrid_224, 224),
        VIT: (vit_tiny, 224),
        **models(),
    }


def bars(results: Results) -> tuple[Bar, ...]:
    """Return what whole models are to gain."""
    return tuple(
        Bar(
            f"{name}: over its fp32",
            f">= {LEAST_SPEEDUP}x",
            f"{ratio:.2f}x",
            ratio >= LEAST_SPEEDUP,
        )
        for name in BARRED
        for ratio in (results[name][0][FUSED + WITH].speedup.ratio,)
    )


def main() -> None:
    """Measure and write the page."""
    options = parse("onnx_kernels", __doc__)
    effort, before = effort_of(options), context(threads=1)
    policy = policy_for("onnx", cpu_class())
    results = {name: measured(*model, effort, policy) for name, model in subjects().items()}
    lead = f"{LEAD} The library is {installed_kernels()}."
    page = Page(
        "onnx-kernels", "Fused attention in ONNX Runtime", lead, (table(results),),
        numbers(results), bars(results),
    )  # fmt: skip
    write(page, folder=options.out, effort=effort, before=before, module="onnx_kernels")


if __name__ == "__main__":
    main()
