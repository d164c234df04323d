"""What is measured of each candidate alone, after all of them ran in turns.

A measurement that is not to be had (no sensor, no profiler, a child that was killed) leaves a
remark, never a failed run: the latencies stand without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgeattn_runtime.candidate import Candidate
from edgeattn_runtime.cold_start import cold_start
from edgeattn_runtime.energy import measure_energy
from edgeattn_runtime.errors import BadInput
from edgeattn_runtime.memory import peak_memory
from edgeattn_runtime.op_profile import profile_ops
from edgeattn_runtime.power_sensors import PowerSensor

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Arrays

NO_SENSOR = (
    "energy was not measured: this machine shows no power sensor (INA3221, Raspberry Pi 5's PMIC, "
    "or a battery that is discharging)"
)


@dataclass(frozen=True)
class Alone:
    """What to measure of each candidate by itself.

    Attributes:
        memory: Peak memory, in a child process.
        cold_start: Import, open and first inference, in child processes.
        per_op: Time by kind of operator, from the engine's profiler.
        energy: Millijoules of one inference, where there is a sensor.
    """

    memory: bool = True
    cold_start: bool = False
    per_op: bool = False
    energy: bool = False


def measure_alone(
    candidates: Iterable[tuple[Candidate, Callable[[], object]]],
    folder: Path,
    inputs: Arrays,
    *,
    asked: Alone,
    threads: int,
    sensor: PowerSensor | None,
    has_time: bool = True,
    tell: Callable[[str], None] | None = None,
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Return the candidates with what was asked for, and remarks on what could not be measured.

    Args:
        candidates: Each with its bound session's `invoke`.
        folder: Where their files lie.
        inputs: One sample, for the profiler.
        asked: What to measure.
        threads: CPU threads for one inference.
        sensor: What reads the board's power; None where there is nothing.
        has_time: Whether the clock counts time.
        tell: Called with words about what is being done.
    """
    remarks = [NO_SENSOR] if asked.energy and sensor is None else []
    found = []
    for candidate, invoke in candidates:
        steps = _steps(candidate, invoke, folder, inputs, asked, threads, sensor, has_time)
        for what, step in steps:
            if tell is not None:
                tell(f"{what} of {candidate.file}")
            try:
                candidate = step(candidate)
            except BadInput as error:
                remarks.append(str(error))
        found.append(candidate)
    return tuple(found), tuple(dict.fromkeys(remarks))


def _steps(
    candidate: Candidate,
    invoke: Callable[[], object],
    folder: Path,
    inputs: Arrays,
    asked: Alone,
    threads: int,
    sensor: PowerSensor | None,
    has_time: bool,
) -> Sequence[tuple[str, Callable[[Candidate], Candidate]]]:
    """Return what to do for one candidate, in order, each with its name."""
    if candidate.file is None:
        return ()
    file, engine = folder / candidate.file, candidate.engine
    steps: list[tuple[str, Callable[[Candidate], Candidate]]] = []

    def memory(one: Candidate) -> Candidate:
        peak = peak_memory(file, engine=engine, threads=threads)
        return replace(one, peak_rss_mb=peak.peak_rss_mb)

    def start(one: Candidate) -> Candidate:
        return replace(one, cold_start=cold_start(file, engine=engine, threads=threads))

    def profile(one: Candidate) -> Candidate:
        ops = profile_ops(file, inputs, engine=engine, threads=threads, has_time=has_time)
        return replace(one, per_op=ops)

    if asked.memory:
        steps.append(("peak memory", memory))
    if asked.cold_start:
        steps.append(("cold start", start))
    if asked.per_op:
        steps.append(("operators", profile))
    if asked.energy and sensor is not None:
        known = sensor
        steps.append(("energy", lambda one: replace(one, energy=measure_energy(invoke, known))))
    return steps
