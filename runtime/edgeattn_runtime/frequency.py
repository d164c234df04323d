"""Clock frequencies of CPU cores, and which cores are big and which little."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edgeattn_runtime.heat import ROOT, read_fact

CPU = "sys/devices/system/cpu"


def present_cores(root: Path = ROOT) -> tuple[int, ...]:
    """Return the numbers of the cores that are switched on; () where nobody says."""
    said = read_fact(root / CPU / "online") or read_fact(root / CPU / "present") or ""
    found: list[int] = []
    for part in said.split(","):
        first, _, last = part.partition("-")
        if first.isdigit() and (last or first).isdigit():
            found.extend(range(int(first), int(last or first) + 1))
    return tuple(found)


def frequency_mhz(cores: Iterable[int] | None = None, root: Path = ROOT) -> float | None:
    """Return the clock of the fastest of `cores` right now, in MHz."""
    return _fastest("scaling_cur_freq", cores, root)


def frequency_max_mhz(cores: Iterable[int] | None = None, root: Path = ROOT) -> float | None:
    """Return the most that the hardware allows, in MHz."""
    return _fastest("cpuinfo_max_freq", cores, root)


def frequency_cap_mhz(cores: Iterable[int] | None = None, root: Path = ROOT) -> float | None:
    """Return the most that the settings allow, in MHz: a power mode may set it lower."""
    return _fastest("scaling_max_freq", cores, root)


def capacities(root: Path = ROOT) -> dict[int, int]:
    """Return how much each core can do: the kernel's 0 to 1024, else its highest clock in kHz.

    Source: Linux, Documentation/scheduler/sched-capacity.rst. {} where neither is known.
    """
    for name in ("cpu_capacity", "cpufreq/cpuinfo_max_freq"):
        found = {core: _number(root / CPU / f"cpu{core}" / name) for core in present_cores(root)}
        known = {core: value for core, value in found.items() if value is not None}
        if known and len(known) == len(found):
            return known
    return {}


def _fastest(name: str, cores: Iterable[int] | None, root: Path) -> float | None:
    asked = present_cores(root) if cores is None else tuple(cores)
    found = [_number(root / CPU / f"cpu{core}/cpufreq" / name) for core in asked]
    return max((value / 1000 for value in found if value is not None), default=None)


def _number(path: Path) -> int | None:
    said = read_fact(path)
    return int(said) if said is not None and said.isdigit() else None
