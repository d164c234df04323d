"""Time a bundle where it lies: interleaved, every file whose engine is installed.

Speed-up is against the same engine's fp32 file, measured in the same rounds. Peak memory is that of
a child process that runs one file alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from edgeattn_runtime import machine
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.check import candidate_of, select_files
from edgeattn_runtime.errors import BadEnvironment, BadInput
from edgeattn_runtime.latency import measure_interleaved, median_ratio_interval, summarise
from edgeattn_runtime.memory import peak_memory
from edgeattn_runtime.report import Candidate, Gates, ModelFacts, Report, Verdict
from edgeattn_runtime.sustained import run_sustained

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array

WARMUP = 20
ITERATIONS = 200


def bench_bundle(
    bundle: Bundle,
    *,
    precision: str | None = None,
    threads: int = 1,
    warmup: int = WARMUP,
    iterations: int = ITERATIONS,
    budget_s: float | None = None,
    engines: Iterable[str] | None = None,
    memory: bool = True,
    sustained_s: float | None = None,
    min_speedup: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Measure latency and memory and return the report.

    Args:
        bundle: The bundle, opened.
        precision: Measure only this one and fp32, its reference; None measures all.
        threads: CPU threads for one inference.
        warmup: Rounds that do not count.
        iterations: Rounds that do.
        budget_s: Stop early after this many seconds.
        engines: "onnx" and "tflite", or engines by name; None takes all that are installed.
        memory: Whether to start a child for each file's peak memory.
        sustained_s: Then run the fastest file without a pause for so many seconds.
        min_speedup: The gate; None is off.
        progress: Called with (rounds done, rounds wanted).

    Raises:
        BadEnvironment: No file has an installed engine.
        BrokenBundle: A file was altered.
    """
    selected = select_files(bundle, engines, precision)
    files = [(file, engine) for file, engine in selected if file.target is None]
    if not files:
        targets = ", ".join(sorted({str(file.target) for file, _ in selected}))
        raise BadEnvironment(
            f"the files of this bundle are made for {targets}; their time on a CPU says nothing: "
            "measure them with that engine's own tool"
        )
    inputs = _one_sample(bundle)
    context = machine.context(threads=threads)
    sessions = [bundle.open(file, engine=engine, threads=threads) for file, engine in files]
    candidates: dict[str, Candidate] = {}
    runs: dict[str, Callable[[], object]] = {}
    for i, (file, _) in enumerate(files):
        session = sessions[i]
        session.bind(inputs)
        key = f"{file.name} on {session.engine}"
        candidates[key] = candidate_of(file, session.engine)
        runs[key] = session.invoke
    samples = measure_interleaved(
        runs, warmup=warmup, iterations=iterations, budget_s=budget_s, progress=progress
    )
    if sustained_s is not None:
        fastest = min(samples, key=lambda key: summarise(samples[key]).p50)
        sustained = run_sustained(runs[fastest], duration_s=sustained_s)
        candidates[fastest] = replace(candidates[fastest], sustained=sustained, note=str(sustained))
    context = context.with_sessions(sessions).finished()
    measured = tuple(
        _measured(bundle, key, candidates, samples, threads, memory=memory) for key in candidates
    )
    return Report(
        model=ModelFacts(bundle.manifest.name),
        context=context,
        candidates=measured,
        verdict=_verdict(measured, min_speedup, throttled=bool(context.throttled)),
    )


def _one_sample(bundle: Bundle) -> dict[str, Array]:
    """Return the first golden input, or zeros."""
    if not (bundle.path / "golden.npz").exists():  # left out to save room; latency hardly changes
        return {port.name: np.zeros(port.shape, port.dtype) for port in bundle.manifest.inputs}
    return bundle.golden().first(bundle.manifest.inputs)


def _measured(
    bundle: Bundle,
    key: str,
    candidates: Mapping[str, Candidate],
    samples: Mapping[str, Sequence[float]],
    threads: int,
    *,
    memory: bool,
) -> Candidate:
    """Return one candidate with its latency, speed-up and memory."""
    candidate = replace(candidates[key], latency_ms=summarise(samples[key]))
    reference = next(
        (
            other
            for other, found in candidates.items()
            if found.precision == "fp32" and found.engine == candidate.engine
        ),
        None,
    )
    if reference == key:
        candidate = replace(candidate, speedup_vs_fp32=1.0)
    elif reference is not None:
        ratio = median_ratio_interval(samples[reference], samples[key])
        candidate = replace(
            candidate, speedup_vs_fp32=ratio.ratio, speedup_interval=(ratio.low, ratio.high)
        )
    if not memory or candidate.file is None:
        return candidate
    try:
        peak = peak_memory(bundle.path / candidate.file, engine=candidate.engine, threads=threads)
    except BadInput as error:  # the latency stands without it
        return replace(candidate, note=str(error))
    return replace(candidate, peak_rss_mb=peak.peak_rss_mb)


def _verdict(
    candidates: tuple[Candidate, ...], min_speedup: float | None, *, throttled: bool
) -> Verdict:
    """Return the fastest file and whether the gate holds."""
    fastest = min(candidates, key=lambda c: c.latency_ms.p50 if c.latency_ms else float("inf"))
    assert fastest.latency_ms is not None  # all were measured
    reason = f"{fastest.file} on {fastest.engine} is fastest: {fastest.latency_ms.p50:.3f} ms"
    reached = max(
        (c.speedup_vs_fp32 for c in candidates if c.precision != "fp32" and c.speedup_vs_fp32),
        default=None,
    )
    passed = min_speedup is None or (reached is not None and reached >= min_speedup)
    if not passed:
        found = "none was measured" if reached is None else f"the best is {reached:.2f}x"
        reason = f"a speed-up of {min_speedup:g}x was asked for, {found}; {reason}"
    if throttled:
        reason += "; the clock was throttled meanwhile: cool the board and measure again"
    return Verdict(fastest.file, passed, reason, Gates(None, min_speedup))
