"""What else a machine did while something was measured.

The load average looks back a minute and counts waiting processes; a measurement of two seconds
needs the share of CPU time that others took during it.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from edgeattn_runtime.affinity import write_cores
from edgeattn_runtime.heat import ROOT, read_fact

# Both limits are choices, not measurements: well above a board that does nothing else, well below
# one with a second busy program. Of the CPU time of the cores that were measured on:
MOST_BY_OTHERS = 0.10
# A second. Linux gives a rival for the core slices of some milliseconds: hundreds of switches.
MOST_PREEMPTIONS = 100.0
# /proc/stat counts in ticks of 10 ms: below this a share is rounding.
SHORTEST_S = 0.5


@dataclass(frozen=True)
class Counters:
    """What had been counted at one moment.

    Attributes:
        at_s: Wall time, in seconds, from any begin.
        busy_s: CPU time that anybody used on the cores, in seconds; None without /proc/stat.
        own_s: CPU time of this process and of children that have ended.
        preemptions: How often this process lost the core before it had to wait.
    """

    at_s: float
    busy_s: float | None
    own_s: float
    preemptions: int | None


@dataclass(frozen=True)
class Background:
    """What others took between two moments.

    Attributes:
        by_others: Share of the cores' CPU time, 0 to 1; None when it is unknown or too short.
        preemptions_per_s: How often a second this process lost a core to somebody else.
        cores: The cores, as people write them.
    """

    by_others: float | None = None
    preemptions_per_s: float | None = None
    cores: str = ""

    def disturbances(self) -> tuple[str, ...]:
        """Return what was too much, in words."""
        found = []
        if self.by_others is not None and self.by_others > MOST_BY_OTHERS:
            where = f"core {self.cores}" if self.cores.isdigit() else f"cores {self.cores}"
            found.append(f"other processes took {self.by_others:.0%} of {where}")
        if self.preemptions_per_s is not None and self.preemptions_per_s > MOST_PREEMPTIONS:
            found.append(f"the process lost its core {self.preemptions_per_s:.0f} times a second")
        return tuple(found)


def count(cores: tuple[int, ...], root: Path = ROOT) -> Counters:
    """Return the counters now, for `cores` alone."""
    times = os.times()
    return Counters(
        at_s=time.monotonic(),
        busy_s=_busy_s(cores, root),
        own_s=times.user + times.system + times.children_user + times.children_system,
        preemptions=_preemptions(),
    )


def between(before: Counters, after: Counters, cores: tuple[int, ...]) -> Background:
    """Return what others took from `before` to `after` on `cores`."""
    seconds = after.at_s - before.at_s
    if seconds < SHORTEST_S:
        return Background(cores=write_cores(cores))
    share = rate = None
    if before.busy_s is not None and after.busy_s is not None and cores:
        others = (after.busy_s - before.busy_s) - (after.own_s - before.own_s)
        share = min(max(others / (seconds * len(cores)), 0.0), 1.0)
    if before.preemptions is not None and after.preemptions is not None:
        rate = (after.preemptions - before.preemptions) / seconds
    return Background(share, rate, write_cores(cores))


def _busy_s(cores: tuple[int, ...], root: Path) -> float | None:
    """Return the CPU time spent on `cores` since boot, in seconds.

    Source: Linux, Documentation/filesystems/proc.rst: user, nice, system, idle, iowait, irq,
    softirq, steal, guest (in user already). Steal is what a hypervisor gave to other guests.
    """
    text = read_fact(root / "proc/stat")
    if text is None or not hasattr(os, "sysconf"):
        return None
    asked = {f"cpu{core}" for core in cores}
    ticks, seen = 0, 0
    for line in text.splitlines():
        name, *fields = line.split()
        if name in asked and len(fields) >= 4 and all(field.isdigit() for field in fields):
            numbers = [int(field) for field in fields[:8]]
            ticks += sum(numbers[:3]) + sum(numbers[5:])
            seen += 1
    return ticks / os.sysconf("SC_CLK_TCK") if seen and seen == len(asked) else None


def _preemptions() -> int | None:
    try:
        import resource  # not on Windows
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
