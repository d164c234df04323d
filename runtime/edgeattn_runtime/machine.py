"""What this machine is: the context without which a latency means nothing.

Every fact is read from /proc, /sys and the device tree; what is not there is None. The root folder
is a parameter so that the trees of other boards can be read in tests.
"""

from __future__ import annotations

import os
import platform
import re
import struct
from pathlib import Path

import numpy as np

from edgeattn_runtime.affinity import allowed_cores, write_cores
from edgeattn_runtime.background import count
from edgeattn_runtime.clock import clock_kind
from edgeattn_runtime.context import Context, Start
from edgeattn_runtime.frequency import (
    CPU,
    frequency_cap_mhz,
    frequency_max_mhz,
    frequency_mhz,
    present_cores,
)
from edgeattn_runtime.heat import ROOT, board_model, load_average, read_fact, temperature_c
from edgeattn_runtime.throttling import throttling

__all__ = ["ARM_CORES", "FEATURES", "Context", "context", "cpu_class"]

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


def context(
    *, threads: int | None = None, pinned_to: tuple[int, ...] | None = None, root: Path = ROOT
) -> Context:
    """Return what this machine is, and its state before a measurement.

    Args:
        threads: What one inference will use.
        pinned_to: The cores that this process was put on; None when it may use any.
        root: Where /proc and /sys lie.
    """
    cpuinfo = read_fact(root / "proc/cpuinfo") or ""
    features = _features(cpuinfo)
    cores = pinned_to or (allowed_cores() if root == ROOT else None) or present_cores(root)
    state = throttling(root)
    return Context(
        machine=board_model(root) or platform.machine() or None,
        architecture=platform.machine() or None,
        system=f"{platform.system()} {platform.release()}".strip() or None,
        cpu=_cpu_name(cpuinfo),
        features=features,
        cpu_class=cpu_class(platform.machine(), features),
        cores=_cores(),
        pinned_to=None if pinned_to is None else write_cores(pinned_to),
        threads=threads,
        memory_mb=_memory_mb(root),
        clock=clock_kind(),
        governor=read_fact(root / CPU / f"cpu{cores[0] if cores else 0}/cpufreq/scaling_governor"),
        frequency_max_mhz=frequency_max_mhz(cores, root),
        frequency_cap_mhz=frequency_cap_mhz(cores, root),
        frequency_mhz_before=frequency_mhz(cores, root),
        temperature_c_before=temperature_c(root),
        throttled=None if state.now is None else bool(state.now),
        load_average=load_average(),
        python=platform.python_version(),
        numpy=np.__version__,
        start=Start(cores, count(cores, root), state),
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
