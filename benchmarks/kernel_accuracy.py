"""What the fused attention does to the answers of the zoo's models, sample by sample.

    python -m benchmarks.kernel_accuracy [--quick]

Every model whose core can be fused is written with `int8-float-core` and with `int8-fused-core`,
calibrated as `edgeattn convert` does it, and asked about all samples held back from training.
Writes docs/measurements/kernel-accuracy.md and .json.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.kernel_answers import Answers, Row
from benchmarks.library import without_library
from benchmarks.record import Bar, Page, Table, effort_of, parse, write
from benchmarks.zoo_calibrated import Calibrated, calibrated
from edgeattn.models.catalog import ZOO
from edgeattn_converters.evidence import simulate
from edgeattn_converters.operators import E
from edgeattn_converters.policies import policy_for
from edgeattn_converters.program import PLANES, Program
from edgeattn_converters.weight_planes import MOST_LOST_DB, plane_errors
from edgeattn_runtime.accuracy import evaluate, sqnr_db
from edgeattn_runtime.kernels import installed_kernels
from edgeattn_runtime.machine import context, cpu_class
from edgeattn_runtime.session import open_session

Array = NDArray[Any]
MOST_LOST_PP = 0.1
REPEATS, QUICK_REPEATS = 16, 2
NOISE = 0.01  # of the samples' own deviation: 40 dB below it
PARTS = {"onnx": "ONNX Runtime", "tflite": "LiteRT"}

LEAD = """\
Samples that no weight has seen, validation and test. A point in a thousand is less than one \
sample of most sets, and samples that two classes share turn with any rounding; so each is asked \
about {repeats} times, with another noise 40 dB below it every time (texts, which are no numbers, \
once). "Without" and "with" are one file, int8-fused-core, opened without the library and with it; \
the float core is another file, whose queries, keys and values are not rounded. Points lost are \
paired, sample by sample, with their 95 % intervals. Decibels compare with the float model, \
without noise."""

PLANES_NOTE = """\
What weights of 8 bits lose in each core against a float softmax, on calibration samples; above \
{most:g} dB a file asks for 15 bits (converters/edgeattn_converters/weight_planes.py). "Two \
planes" is the same file asking for 15 bits whatever the rule says."""


def rows_of(one: Calibrated, repeats: int) -> Iterator[Row]:
    """Yield a model's row on each engine; none where no core can be fused."""
    policies = {format: policy_for(format, cpu_class()) for format in PARTS}
    if not any(one.has_core(policy) for policy in policies.values()):
        return
    scores = next(iter(simulate(one.program, one.x).values()))

    def asked(content: bytes) -> Answers:
        session = open_session(content)
        plain = evaluate(session, one.x, one.y)
        first = np.asarray(plain.correct, float)
        again = [np.asarray(evaluate(session, x, one.y).correct) for x in noisy(one.x, repeats)]
        right = np.mean(again or [first], axis=0)
        return Answers(right, first, float(sqnr_db(scores, plain.logits)))

    for format, engine in PARTS.items():
        policy = policies[format]
        fused = one.draft("fused", policy)
        errors = plane_errors(fused.simulation, one.correcting)
        if not errors:
            continue
        with without_library():
            float_core = asked(one.draft("float", policy).content)
            without = asked(fused.content)
        yield Row(
            one.name, engine, float_core, without, asked(fused.content),
            asked(fine(fused.simulation, format)),
            tuple(error.lost_db for error in errors.values()),
            tuple(error.planes for error in errors.values()),
        )  # fmt: skip


def noisy(x: Mapping[str, Array], repeats: int) -> Iterator[Mapping[str, Array]]:
    """Yield samples with noise, the same at every call; nothing where there are whole numbers."""
    if any(values.dtype.kind != "f" for values in x.values()):
        return
    random = np.random.default_rng(0)
    for _ in range(repeats):
        yield {
            name: values + (NOISE * values.std()) * random.standard_normal(values.shape, np.float32)
            for name, values in x.items()
        }


def fine(program: Program, format: str) -> bytes:
    """Return a file all of whose cores ask for two planes."""
    program = program.copy()
    target = E.multi_head_attention.default
    for core in program.graph.find_nodes(op="call_function", target=target):
        core.meta[PLANES] = 2
    if format == "onnx":
        from edgeattn_converters.onnx.lower import lower as lower_onnx

        return lower_onnx(program)
    from edgeattn_converters.tflite.lower import lower as lower_tflite

    return lower_tflite(program)


def bars(rows: Sequence[Row]) -> tuple[Bar, ...]:
    """Return what the library may cost: model by model, and the worst by plain counts."""
    found = [
        Bar(
            f"{row.model} on {row.engine}: points lost by the library",
            f"<= {MOST_LOST_PP}",
            f"{row.lost.pp:.2f}",
            row.lost.pp <= MOST_LOST_PP,
        )
        for row in rows
    ]
    plain: tuple[tuple[str, Callable[[Row], float]], ...] = (
        ("one file with and without the library", lambda row: row.plain_pp),
        ("against the file with a float core", lambda row: row.plain_pp_to_float_core),
    )
    for what, points in plain if rows else ():
        worst = max(rows, key=points)
        found.append(
            Bar(
                f"each sample asked once, {what}: the most",
                f"<= {MOST_LOST_PP}",
                f"{points(worst):.2f} ({worst.model} on {worst.engine})",
                points(worst) <= MOST_LOST_PP,
            )
        )
    return tuple(found)


def page(rows: Sequence[Row], repeats: int) -> Page:
    """Return the page."""
    head = ("model", "engine", "float core", "without", "with", "points lost with the library",
            "against the float core", "samples lost without noise")  # fmt: skip
    fine_head = ("model", "engine", "one plane loses, dB by core", "planes", "as written",
                 "two planes", "points lost with two")  # fmt: skip
    tables = (
        Table("Answers", head, tuple(row.cells() for row in rows)),
        Table(
            "Planes",
            fine_head,
            tuple(row.plane_cells() for row in rows),
            PLANES_NOTE.format(most=MOST_LOST_DB),
        ),
    )
    lead = f"{LEAD.format(repeats=repeats)} The library is {installed_kernels()}."
    data = {"kernels": str(installed_kernels()), "rows": [row.to_json() for row in rows]}
    return Page("kernel-accuracy", "Answers with the fused attention", lead, tables, data,
                bars(rows))  # fmt: skip


def main() -> None:
    """Measure and write the page."""
    options = parse("kernel_accuracy", __doc__)
    effort, before = effort_of(options), context(threads=1)
    if installed_kernels() is None:
        raise SystemExit("edgeattn-kernels is not installed: there is nothing to compare")
    repeats = QUICK_REPEATS if options.quick else REPEATS
    rows: list[Row] = []
    for name in ZOO:
        one = calibrated(name, quick=options.quick)
        for row in () if one is None else rows_of(one, repeats):
            rows.append(row)
            print(f"{row.model} on {row.engine}: lost {row.lost}", file=sys.stderr, flush=True)
    write(
        page(rows, repeats),
        folder=options.out,
        effort=effort,
        before=before,
        module="kernel_accuracy",
    )


if __name__ == "__main__":
    main()
