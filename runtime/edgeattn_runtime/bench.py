"""Time a bundle where it lies: interleaved, every file whose engine is installed.

Speed-up is against the same engine's fp32 file, measured in the same rounds. Peak memory and cold
start are those of a child process that runs one file alone. Where the clock counts instructions
(`clock`), instructions are reported and nothing that needs time is measured.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeattn_runtime import machine
from edgeattn_runtime.accelerated import benched, remarks_on
from edgeattn_runtime.affinity import allowed_cores, pinned, read_cores, write_cores
from edgeattn_runtime.against_fp32 import against_fp32
from edgeattn_runtime.alone import Alone, measure_alone
from edgeattn_runtime.bench_verdict import verdict_of
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.candidate import Candidate
from edgeattn_runtime.check import candidate_of, select_files
from edgeattn_runtime.clock import refuse_without_time
from edgeattn_runtime.errors import BadEnvironment, BadUsage
from edgeattn_runtime.frequency import frequency_mhz
from edgeattn_runtime.heat import ROOT, temperature_c
from edgeattn_runtime.latency import measure_interleaved
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.power_sensors import find_power_sensor
from edgeattn_runtime.providers import is_accelerator
from edgeattn_runtime.report import ModelFacts, Report
from edgeattn_runtime.sustained import Gauges, run_sustained
from edgeattn_runtime.throttling import throttling

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array

WARMUP = 20
ITERATIONS = 200


def bench_bundle(
    bundle: Bundle,
    *,
    precision: str | None = None,
    threads: int = 1,
    cores: str | None = None,
    warmup: int = WARMUP,
    iterations: int = ITERATIONS,
    budget_s: float | None = None,
    engines: Iterable[str] | None = None,
    memory: bool = True,
    cold_start: bool = False,
    per_op: bool = False,
    energy: bool = False,
    sustained_s: float | None = None,
    sustained_window_s: float | None = None,
    min_speedup: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    tell: Callable[[str], None] | None = None,
    root: Path = ROOT,
) -> Report:
    """Measure latency and memory, and what else was asked for, and return the report.

    Args:
        bundle: The bundle, opened.
        precision: Measure only this one and fp32, its reference; None measures all.
        threads: CPU threads for one inference.
        cores: Run on these alone: "0-3", "2,3", "big" or "little" (see `affinity`).
        warmup: Rounds that do not count.
        iterations: Rounds that do.
        budget_s: Stop early after this many seconds.
        engines: "onnx" and "tflite", or engines by name; None takes all that are installed.
        memory: Whether to start a child for each file's peak memory.
        cold_start: Whether to start children for each file's cold start.
        per_op: Whether to ask the engine's profiler for the time of each kind of operator.
        energy: Whether to measure the energy of an inference, where there is a sensor.
        sustained_s: At last, run the fastest file without a pause for so many seconds.
        sustained_window_s: Length of a point of that curve; None: see `sustained`.
        min_speedup: The gate; None is off.
        progress: Called with (rounds done, rounds wanted).
        tell: Called with words about what is done after the rounds.
        root: Where /proc and /sys lie.

    Raises:
        BadEnvironment: No file has an installed engine, or the system refuses the cores.
        BadUsage: Cores that are not there, or a measurement of time on a clock without time.
        BrokenBundle: A file was altered.
    """
    need_time = {
        "--sustained": sustained_s is not None,
        "--min-speedup": min_speedup is not None,
        "--cold-start": cold_start,
        "--energy": energy,
    }
    if any(need_time.values()):
        refuse_without_time(" and ".join(flag for flag, given in need_time.items() if given))
    chosen = None if cores is None else read_cores(cores, root)
    _refuse_crowded(threads, chosen)
    files = _files_to_time(bundle, engines, precision)
    inputs = _one_sample(bundle)
    with pinned(chosen):
        context = machine.context(threads=threads, pinned_to=chosen, root=root)
        sessions = [bundle.open(file, engine=engine, threads=threads) for file, engine in files]
        candidates: dict[str, Candidate] = {}
        runs: dict[str, Callable[[], object]] = {}
        for i, (file, engine) in enumerate(files):
            session = sessions[i]
            session.bind(inputs)
            key = f"{file.name} on {session.engine}"
            found = candidate_of(file, session.engine)
            candidates[key] = benched(found, session, file, engine)
            runs[key] = session.invoke
        samples = measure_interleaved(
            runs, warmup=warmup, iterations=iterations, budget_s=budget_s, progress=progress
        )
        context = context.with_sessions(sessions).finished(root)
        timed = against_fp32(candidates, samples, has_time=not context.counts_instructions)
        measured, remarks = measure_alone(
            [(timed[key], run) for key, run in runs.items()],
            bundle.path,
            inputs,
            asked=Alone(memory, cold_start, per_op, energy),
            threads=threads,
            sensor=find_power_sensor(root) if energy else None,
            has_time=not context.counts_instructions,
            tell=tell,
        )
        if sustained_s is not None:  # last: whoever interrupts it keeps all the rest
            used = chosen or allowed_cores()
            gauges = Gauges(
                temperature_c=lambda: temperature_c(root),
                frequency_mhz=lambda: frequency_mhz(used, root),
                held_back=lambda: throttling(root).now,
            )
            measured = _with_sustained(
                measured, list(runs.values()), sustained_s, sustained_window_s, gauges, tell
            )
    return Report(
        model=ModelFacts(bundle.manifest.name),
        context=context,
        candidates=measured,
        verdict=verdict_of(measured, min_speedup, disturbed=context.disturbed),
        remarks=(*remarks, *remarks_on(sessions)),
    )


def _refuse_crowded(threads: int, chosen: tuple[int, ...] | None) -> None:
    """Refuse more threads than cores: they would wait for each other, and time says nothing."""
    if chosen is not None and threads > len(chosen):
        raise BadUsage(
            f"{threads} threads on {len(chosen)} core(s) ({write_cores(chosen)}) would wait for "
            f"each other; give --threads {len(chosen)}, or more cores"
        )
    all_cores = os.cpu_count() or threads
    if threads > all_cores:
        raise BadUsage(
            f"{threads} threads would wait for each other on the {all_cores} core(s) of this "
            f"machine; give --threads {all_cores}"
        )


def _files_to_time(
    bundle: Bundle, engines: Iterable[str] | None, precision: str | None
) -> list[tuple[ModelFile, str | None]]:
    """Return the files that an engine here is meant to run, each with the engine asked for."""
    selected = select_files(bundle, engines, precision)
    files = [one for one in selected if one[0].target is None or is_accelerator(one[1])]
    if not files:
        targets = ", ".join(sorted({str(file.target) for file, _ in selected}))
        raise BadEnvironment(
            f"the files of this bundle are made for {targets}; their time on a CPU says nothing: "
            "measure them with that engine's own tool"
        )
    return files


def _one_sample(bundle: Bundle) -> dict[str, Array]:
    """Return the first golden input, or zeros."""
    if not (bundle.path / "golden.npz").exists():  # left out to save room; latency hardly changes
        return {port.name: np.zeros(port.shape, port.dtype) for port in bundle.manifest.inputs}
    return bundle.golden().first(bundle.manifest.inputs)


def _with_sustained(
    candidates: tuple[Candidate, ...],
    runs: Sequence[Callable[[], object]],
    seconds: float,
    window_s: float | None,
    gauges: Gauges,
    tell: Callable[[str], None] | None,
) -> tuple[Candidate, ...]:
    """Run the fastest without a pause and return the candidates with its curve."""

    def progress(done: float, wanted: float) -> None:
        if tell is not None:
            tell(f"without a pause: {done:.0f} of {wanted:.0f} s")

    medians = [float("inf") if one.latency_ms is None else one.latency_ms.p50 for one in candidates]
    fastest = medians.index(min(medians))
    sustained = run_sustained(
        runs[fastest], duration_s=seconds, window_s=window_s, gauges=gauges, progress=progress
    )
    one = replace(candidates[fastest], sustained=sustained, note=str(sustained))
    return (*candidates[:fastest], one, *candidates[fastest + 1 :])
