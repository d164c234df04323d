"""What this machine is and in which state: the context without which a latency means nothing.

Every fact is read from /proc, /sys and the device tree; what is not there is None. The root folder
is a parameter so that the trees of other boards can be read in tests.
"""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgeattn_runtime.heat import ROOT, board_model, read_fact, temperature_c, throttling
from edgeattn_runtime.session import Session

# The instructions that decide which integer kernels an engine takes.
FEATURES = (
    *("avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8"),
    *("neon", "asimd", "asimdhp", "asimddp", "i8mm", "bf16", "sve", "sve2", "sme"),
)

# "CPU part" of ARM Ltd. (implementer 0x41) in /proc/cpuinfo. Source: Linux, asm/cputype.h
ARM_CORES = {
    **{0xC07: "Cortex-A7", 0xC08: "Cortex-A8", 0xC09: "Cortex-A9", 0xC0F: "Cortex-A15"},
    **{0xD03: "Cortex-A53", 0xD04: "Cortex-A35", 0xD05: "Cortex-A55", 0xD07: "Cortex-A57"},
    **{0xD08: "Cortex-A72", 0xD09: "Cortex-A73", 0xD0A: "Cortex-A75", 0xD0B: "Cortex-A76"},
    **{0xD0C: "Neoverse-N1", 0xD0D: "Cortex-A77", 0xD40: "Neoverse-V1", 0xD41: "Cortex-A78"},
    **{0xD42: "Cortex-A78AE", 0xD44: "Cortex-X1", 0xD46: "Cortex-A510", 0xD47: "Cortex-A710"},
    **{0xD48: "Cortex-X2", 0xD49: "Neoverse-N2", 0xD4D: "Cortex-A715", 0xD4E: "Cortex-X3"},
    **{0xD4F: "Neoverse-V2", 0xD80: "Cortex-A520", 0xD81: "Cortex-A720", 0xD82: "Cortex-X4"},
}


@dataclass(frozen=True)
class Context:
    """The `context` object of report.json.

    Attributes:
        machine: The board's own name from its device tree, else its architecture.
        architecture: "x86_64", "aarch64", "armv7l", ...
        system: Operating system and release.
        cpu: Name of the CPU or of its cores.
        features: Those of `FEATURES` it has.
        cpu_class: See `cpu_class`.
        cores: How many this process may use.
        threads: How many one inference used.
        memory_mb: Physical memory, in 10^6 bytes.
        governor: CPU frequency governor: "performance", "schedutil", "ondemand", ...
        temperature_c_before: Hottest CPU sensor at the start, degrees Celsius.
        temperature_c_after: The same at the end.
        throttled: Whether the clock was held back at either end, or in between.
        load_average: Over one minute, before the measurement.
        python: Version.
        numpy: Version.
        engine: Engines that ran, joined by " + ".
        engine_version: Their versions, in the same order.
        provider_requested: Back ends asked for, in the same order.
        provider_actual: Back ends that ran, in the same order.
        throttle_record: The machine's own record of past throttling, to be compared afterwards.
    """

    machine: str | None = None
    architecture: str | None = None
    system: str | None = None
    cpu: str | None = None
    features: tuple[str, ...] = ()
    cpu_class: str = "other"
    cores: int | None = None
    threads: int | None = None
    memory_mb: float | None = None
    governor: str | None = None
    temperature_c_before: float | None = None
    temperature_c_after: float | None = None
    throttled: bool | None = None
    load_average: float | None = None
    python: str | None = None
    numpy: str | None = None
    engine: str | None = None
    engine_version: str | None = None
    provider_requested: str | None = None
    provider_actual: str | None = None
    throttle_record: int | None = None

    def with_sessions(self, sessions: Iterable[Session]) -> Context:
        """Return the context with the engines that ran, each once, in order."""
        engines = {session.engine: session for session in sessions}.values()
        return dataclasses.replace(
            self,
            engine=" + ".join(session.engine for session in engines) or None,
            engine_version=" + ".join(session.engine_version for session in engines) or None,
            provider_requested=" + ".join(session.provider_requested for session in engines)
            or None,
            provider_actual=" + ".join(session.provider_actual for session in engines) or None,
        )

    def finished(self, root: Path = ROOT) -> Context:
        """Return the context with what the end of the measurement shows."""
        now, record = throttling(root)
        throttled = self.throttled
        if now is not None:
            throttled = bool(self.throttled) or now or record != self.throttle_record
        return dataclasses.replace(
            self, temperature_c_after=temperature_c(root), throttled=throttled
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object `context` of report.json."""
        return {**dataclasses.asdict(self), "features": list(self.features)}

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Context:
        """Return what `to_json` wrote; what a newer version added is left out."""
        known = {field.name for field in dataclasses.fields(cls)}
        kept = {name: value for name, value in read.items() if name in known}
        return cls(**{**kept, "features": tuple(read.get("features") or ())})


def context(*, threads: int | None = None, root: Path = ROOT) -> Context:
    """Return what this machine is, and its state before a measurement."""
    cpuinfo = read_fact(root / "proc/cpuinfo") or ""
    features = _features(cpuinfo)
    now, record = throttling(root)
    return Context(
        machine=board_model(root) or platform.machine() or None,
        architecture=platform.machine() or None,
        system=f"{platform.system()} {platform.release()}".strip() or None,
        cpu=_cpu_name(cpuinfo),
        features=features,
        cpu_class=cpu_class(platform.machine(), features),
        cores=_cores(),
        threads=threads,
        memory_mb=_memory_mb(root),
        governor=read_fact(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        temperature_c_before=temperature_c(root),
        throttled=now,
        load_average=_load_average(),
        python=platform.python_version(),
        numpy=np.__version__,
        throttle_record=record,
    )


def cpu_class(architecture: str | None = None, features: tuple[str, ...] | None = None) -> str:
    """Return the class of CPU within which integer models give the same answer.

    "x86-vnni", "x86" (8-bit products saturate there), "arm64-dotprod", "arm64", "arm32" or "other".

    >>> cpu_class("aarch64", ("asimd", "asimddp"))
    'arm64-dotprod'
    """
    if features is None:
        features = _features(read_fact(ROOT / "proc/cpuinfo") or "")
    architecture = (platform.machine() if architecture is None else architecture).lower()
    if architecture in ("x86_64", "amd64", "i686", "i386", "x86"):
        return "x86-vnni" if {"avx512_vnni", "avx_vnni"} & set(features) else "x86"
    if architecture in ("aarch64", "arm64"):
        # A 32-bit Python on a 64-bit kernel runs the 32-bit kernels.
        if struct.calcsize("P") == 4:
            return "arm32"
        # Every Apple core that runs 64-bit macOS has the dot product, and no /proc to say so.
        dotprod = "asimddp" in features or platform.system() == "Darwin"
        return "arm64-dotprod" if dotprod else "arm64"
    return "arm32" if architecture.startswith("arm") else "other"


def _features(cpuinfo: str) -> tuple[str, ...]:
    """Return those of `FEATURES` that /proc/cpuinfo lists under flags (x86) or Features (ARM)."""
    line = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    listed = set(line.group(1).split()) if line else set()
    return tuple(feature for feature in FEATURES if feature in listed)


def _cpu_name(cpuinfo: str) -> str | None:
    """Return the CPU's name; ARM kernels give only numbers, big and little cores one each."""
    name = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    parts = [int(part, 16) for part in re.findall(r"^CPU part\s*:\s*(\w+)$", cpuinfo, re.MULTILINE)]
    if parts:
        return " + ".join(
            f"{parts.count(part)}x {ARM_CORES.get(part, f'ARM part {part:#x}')}"
            for part in dict.fromkeys(parts)
        )
    return name.group(1).strip() if name else platform.processor() or None


def _cores() -> int | None:
    """Return how many cores this process may use, containers and taskset considered."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory_mb(root: Path) -> float | None:
    """Return the physical memory in 10^6 bytes."""
    line = re.search(r"^MemTotal:\s*(\d+) kB", read_fact(root / "proc/meminfo") or "", re.MULTILINE)
    return round(int(line.group(1)) * 1024 / 1e6, 1) if line else None


def _load_average() -> float | None:
    """Return the load of the last minute."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
