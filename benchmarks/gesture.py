"""The gesture model: EdgeAttn's files against the stock ones, on one thread, in turn.

    python -m benchmarks.gesture [--quick] [--environments DIR]

Writes docs/measurements/gesture.md and .json.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from benchmarks import integer_ports
from benchmarks.contender import Contender, our_contenders
from benchmarks.gesture_rows import Row, judged, timings
from benchmarks.library import WITH, without_library
from benchmarks.measuring import time_in_turn
from benchmarks.record import Bar, Page, Table, effort_of, parse, write
from benchmarks.stock_litert import default_environments, stock_litert
from benchmarks.stock_onnx import stock_onnx
from edgeattn.data.choice import choose_data
from edgeattn.data.data import Array
from edgeattn.sources import load_model
from edgeattn_converters.one_thread import one_thread
from edgeattn_runtime.accuracy import top1
from edgeattn_runtime.kernels import installed_kernels
from edgeattn_runtime.machine import context
from edgeattn_runtime.session import Session, open_session

MODEL = "gesture-hybrid"
FUSED = "fused-core"
WANTED_SPEEDUP = {"LiteRT": 1.9, "ONNX Runtime": 1.4}
WANTED_SQNR_DB, WANTED_AGREEMENT, WANTED_DROP_PP = 30.0, 0.99, 1.0

LEAD = """\
Which file runs the shipped gesture model fastest, and what does it cost in accuracy? All files of \
both engines ran in one process, one after the other in every round, batch 1, inputs bound \
beforehand. Every int8 file was calibrated with the same {calibration} training photos and judged \
on the {photos} held-back ones; the drop is in points of accuracy against the PyTorch model \
({accuracy:.2%}), with its paired 95 % interval. Speed-ups are ratios of medians: over the fastest \
fp32 file of the same engine, whoever made it, and over EdgeAttn's own fp32 file (95 % interval). \
Seconds run from the PyTorch model in memory to the file, calibration included. Files with a fused \
core were opened with edgeattn-kernels, all others without it."""


@one_thread()
def float_logits(module: torch.nn.Module, x: Array) -> Array:
    """Return the source model's own answers, photo by photo: [N, classes]."""
    with torch.no_grad():
        rows = [module(torch.from_numpy(x[i : i + 1])) for i in range(len(x))]
    logits: Array = torch.cat(rows).numpy()
    return logits


def bars(rows: Sequence[Row]) -> tuple[Bar, ...]:
    """Hold EdgeAttn's fastest int8 file of each engine against the goals."""
    found = []
    for engine, wanted in WANTED_SPEEDUP.items():
        mine = [
            row
            for row in rows
            if row.contender.engine == engine
            and row.contender.ours
            and row.contender.precision == "int8"
        ]
        best = min(mine, key=lambda row: row.timing.latency_ms.p50)
        name = f"{engine}, {best.contender.recipe}"
        speed, high = best.speedup_over_fastest, best.drop.high_pp
        found += [
            Bar(
                f"{name}: over the fastest fp32", f">= {wanted:g}x", f"{speed:.2f}x",
                speed >= wanted,
            ),
            Bar(
                f"{name}: output SQNR", f">= {WANTED_SQNR_DB:g} dB", f"{best.sqnr_db:.1f} dB",
                best.sqnr_db >= WANTED_SQNR_DB,
            ),
            Bar(
                f"{name}: top-1 agreement", f">= {WANTED_AGREEMENT:.0%}",
                f"{best.agreement:.2%}", best.agreement >= WANTED_AGREEMENT,
            ),
            Bar(
                f"{name}: upper end of the drop's interval", f"<= {WANTED_DROP_PP:g} points",
                f"{high:.2f} points", high <= WANTED_DROP_PP,
            ),
        ]  # fmt: skip
    return tuple(found)


HEAD = (
    "made by", "over fastest fp32", "over EdgeAttn fp32", "p50 / p90 / p99 ms", "accuracy",
    "drop, points", "agreement", "SQNR dB", "MB", "seconds",
)  # fmt: skip


def cells(row: Row) -> tuple[str, ...]:
    """Return a row of the table."""
    one, time, ratio = row.contender, row.timing.latency_ms, row.timing.speedup
    name = f"**{one.recipe}**" if one.ours else one.recipe
    return (
        name + (f" ({one.note})" if one.note else ""),
        f"{row.speedup_over_fastest:.2f}x",
        f"{ratio.ratio:.2f}x ({ratio.low:.2f} to {ratio.high:.2f})",
        f"{time.p50:.3f} / {time.p90:.3f} / {time.p99:.3f}",
        f"{row.accuracy:.2%}",
        f"{row.drop.drop_pp:.2f} ({row.drop.low_pp:.2f} to {row.drop.high_pp:.2f})",
        f"{row.agreement:.2%}",
        "equal" if row.sqnr_db > 200 else f"{row.sqnr_db:.1f}",
        f"{len(one.content or b'') / 1e6:.2f}",
        "-" if one.seconds is None else f"{one.seconds:.1f}",
    )


def table(engine: str, rows: Sequence[Row], absent: Sequence[Contender]) -> Table:
    """Return one engine's files, those that could not be made included."""
    empty = ("-",) * (len(HEAD) - 1)
    return Table(
        engine,
        HEAD,
        (
            *(cells(row) for row in rows if row.contender.engine == engine),
            *((f"{one.recipe} ({one.note})", *empty) for one in absent if one.engine == engine),
        ),
    )


def with_library(one: Contender) -> Contender | None:
    """Return a contender under the name it is measured by; None for a fused core without library.

    Files whose core is fused are opened with edgeattn-kernels, all others without.
    """
    if FUSED not in one.recipe:
        return one
    return None if installed_kernels() is None else replace(one, recipe=one.recipe + WITH)


def main() -> None:
    options = parse(
        "gesture", __doc__, ("--environments", "where the tools compared with are installed")
    )
    effort, before = effort_of(options), context(threads=1)
    loaded = load_model(MODEL)
    data = choose_data(
        calib=None, evaluation=None, dataset=loaded.dataset, samples=256, allow_random=False,
        inputs=None,
    )  # fmt: skip
    environments: Path = options.environments or default_environments()
    every = (
        *our_contenders(loaded, data.calibration),
        *stock_onnx(loaded, data.calibration),
        *stock_litert(MODEL, data.calibration, environments),
    )
    every = tuple(filter(None, map(with_library, every)))
    made = [one for one in every if one.content is not None]
    photos = data.evaluation.x["x"]
    logits = float_logits(loaded.module, photos)
    sessions: dict[str, Session] = {}
    answers: dict[str, Array] = {}
    for one in made:
        content = one.content or b""
        with nullcontext() if one.recipe.endswith(WITH) else without_library():
            session = sessions[one.key] = open_session(content)
        answers[one.key] = integer_ports.answers(session, content, photos)
        integer_ports.bind(session, content, photos[:1])
    samples = time_in_turn({k: s.invoke for k, s in sessions.items()}, effort, turn_ms=0)
    rows = judged(made, logits, data.evaluation, timings(made, samples), answers)
    assert data.evaluation.y is not None
    page = Page(
        name="gesture",
        title="The gesture model on both engines, against the stock recipes",
        lead=LEAD.format(
            calibration=len(data.calibration), photos=len(data.evaluation),
            accuracy=float(np.mean(top1(logits) == data.evaluation.y)),
        ),
        tables=tuple(
            table(engine, rows, [one for one in every if one.content is None])
            for engine in WANTED_SPEEDUP
        ),
        data={"rows": [row.to_json() for row in rows]},
        bars=bars(rows),
    )  # fmt: skip
    write(page, folder=options.out, effort=effort, before=before, module="gesture")


if __name__ == "__main__":
    main()
