"""The `context` of a report: what was measured on, in which state, and whether it was disturbed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgeattn_runtime.background import Counters, between, count
from edgeattn_runtime.clock import INSTRUCTIONS, WALL
from edgeattn_runtime.frequency import frequency_mhz
from edgeattn_runtime.heat import ROOT, load_average, temperature_c
from edgeattn_runtime.session import Session
from edgeattn_runtime.throttling import Throttling, throttling


@dataclass(frozen=True)
class Start:
    """What had been counted when a measurement began; never written to a report."""

    cores: tuple[int, ...]
    counters: Counters
    throttling: Throttling


@dataclass(frozen=True)
class Context:
    """The `context` object of report.json.

    Attributes:
        machine: The board's own name from its device tree, else its architecture.
        architecture: "x86_64", "aarch64", "armv7l", ...
        system: Operating system and release.
        cpu: Name of the CPU or of its cores.
        features: Those of `machine.FEATURES` it has.
        cpu_class: See `machine.cpu_class`.
        cores: How many this process may use.
        pinned_to: The cores asked for with --cores, such as "0-3"; None when none were.
        threads: How many one inference used.
        memory_mb: Physical memory, in 10^6 bytes.
        clock: "wall", or "instructions" on an emulated board (see `clock`).
        governor: CPU frequency governor: "performance", "schedutil", "ondemand", ...
        frequency_max_mhz: The most the hardware allows, of the fastest core used.
        frequency_cap_mhz: The most the settings allow, a power mode among them.
        frequency_mhz_before: Clock of the fastest core used, at the start.
        frequency_mhz_after: The same at the end.
        temperature_c_before: Hottest CPU sensor at the start, degrees Celsius.
        temperature_c_after: The same at the end.
        throttled: Whether the clock was held back at either end, or in between.
        load_average: Over one minute, before the measurement.
        load_average_after: The same after it.
        others_cpu_share: Of the cores' CPU time, what other processes took meanwhile, 0 to 1.
        preemptions_per_s: How often a second this process lost its core to another one.
        disturbed: What disturbed the measurement, in words; () when nothing is known to have.
        python: Version.
        numpy: Version.
        engine: Engines that ran, joined by " + ".
        engine_version: Their versions, in the same order.
        provider_requested: Back ends asked for, in the same order.
        provider_actual: Back ends that ran, in the same order.
        kernels: Libraries that computed fused attention: "edgeattn-kernels 0.1.0 (neon-dot)".
        start: What the end is compared with; not part of the report.
    """

    machine: str | None = None
    architecture: str | None = None
    system: str | None = None
    cpu: str | None = None
    features: tuple[str, ...] = ()
    cpu_class: str = "other"
    cores: int | None = None
    pinned_to: str | None = None
    threads: int | None = None
    memory_mb: float | None = None
    clock: str = WALL
    governor: str | None = None
    frequency_max_mhz: float | None = None
    frequency_cap_mhz: float | None = None
    frequency_mhz_before: float | None = None
    frequency_mhz_after: float | None = None
    temperature_c_before: float | None = None
    temperature_c_after: float | None = None
    throttled: bool | None = None
    load_average: float | None = None
    load_average_after: float | None = None
    others_cpu_share: float | None = None
    preemptions_per_s: float | None = None
    disturbed: tuple[str, ...] = ()
    python: str | None = None
    numpy: str | None = None
    engine: str | None = None
    engine_version: str | None = None
    provider_requested: str | None = None
    provider_actual: str | None = None
    kernels: str | None = None
    start: Start | None = field(default=None, repr=False, compare=False)

    @property
    def counts_instructions(self) -> bool:
        """Return whether what looks like milliseconds are millions of instructions."""
        return self.clock == INSTRUCTIONS

    def with_sessions(self, sessions: Iterable[Session]) -> Context:
        """Return the context with the engines that ran, each once, in order."""
        opened = tuple(sessions)
        engines = {session.engine: session for session in opened}.values()
        return dataclasses.replace(
            self,
            engine=" + ".join(session.engine for session in engines) or None,
            engine_version=" + ".join(session.engine_version for session in engines) or None,
            provider_requested=" + ".join(session.provider_requested for session in engines)
            or None,
            provider_actual=" + ".join(session.provider_actual for session in engines) or None,
            kernels=" + ".join(sorted({s.kernels for s in opened if s.kernels})) or None,
        )

    def finished(self, root: Path = ROOT) -> Context:
        """Return the context with what the end of the measurement shows."""
        if self.start is None:
            return self
        before, now = self.start, throttling(root)
        held_back = now.since(before.throttling)
        others = between(before.counters, count(before.cores, root), before.cores)
        return dataclasses.replace(
            self,
            frequency_mhz_after=frequency_mhz(before.cores, root),
            temperature_c_after=temperature_c(root),
            throttled=bool(held_back) if held_back or now.now is not None else self.throttled,
            load_average_after=load_average(),
            others_cpu_share=others.by_others,
            preemptions_per_s=others.preemptions_per_s,
            disturbed=(
                *(f"the clock was held back: {reason}" for reason in held_back),
                *others.disturbances(),
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object `context` of report.json."""
        named = {name: value for name, value in vars(self).items() if name != "start"}
        return {**named, "features": list(self.features), "disturbed": list(self.disturbed)}

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Context:
        """Return what `to_json` wrote; what a newer version added is left out."""
        known = {field.name for field in dataclasses.fields(cls)} - {"start"}
        kept = {name: value for name, value in read.items() if name in known}
        lists = {name: tuple(read.get(name) or ()) for name in ("features", "disturbed")}
        return cls(**{**kept, **lists})
