"""Run on chosen cores: `--cores 0-3`, `--cores 2,3`, `--cores big`, `--cores little`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgeattn_runtime.errors import BadEnvironment, BadUsage
from edgeattn_runtime.frequency import capacities, present_cores
from edgeattn_runtime.heat import ROOT

# Turbo bins let equal x86 cores differ by some percent; big and little ones differ by half or more.
ALIKE = 0.9
MOST_CORES = 4096


def read_cores(text: str, root: Path = ROOT) -> tuple[int, ...]:
    """Return the cores that a list names, in order, each once.

    Args:
        text: Numbers and ranges ("0-3", "2,3"), "little" (the cores of the lowest capacity) or
            "big" (all above them, so that three kinds of core have two of them "big").
        root: Where /sys lies.

    Raises:
        BadUsage: The list means nothing, names a core that is not there, or all cores are alike.
    """
    text = text.strip()
    if text in ("big", "little"):
        return _of_kind(text, root)
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,4})(?:\s*-\s*(\d{1,4}))?\s*", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last >= MOST_CORES:
            raise BadUsage(f"{text!r} is no list of cores; give 0-3 or 2,3 or big or little")
        found.extend(range(first, last + 1))
    present = present_cores(root)
    missing = sorted(set(found) - set(present))
    if present and missing:
        raise BadUsage(
            f"there is no core {missing[0]} here; this machine has {write_cores(present)}"
        )
    return tuple(dict.fromkeys(found))


def write_cores(cores: tuple[int, ...]) -> str:
    """Return a list of cores as people write it.

    >>> write_cores((0, 1, 2, 3, 6))
    '0-3,6'
    """
    runs: list[list[int]] = []
    for core in sorted(cores):
        if runs and core == runs[-1][1] + 1:
            runs[-1][1] = core
        else:
            runs.append([core, core])
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs)


def allowed_cores() -> tuple[int, ...] | None:
    """Return the cores this process may use; None where the system does not say."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    return tuple(sorted(os.sched_getaffinity(0)))


@contextmanager
def pinned(cores: tuple[int, ...] | None) -> Iterator[None]:
    """Keep this process, and the threads and children it starts, on `cores` for a while.

    Engines start their threads when a model is opened: open it inside. None pins nothing.

    Raises:
        BadEnvironment: The system has no affinity, or refuses these cores (a container's limit).
    """
    if cores is None:
        yield
        return
    if not hasattr(os, "sched_setaffinity"):
        raise BadEnvironment("this system cannot keep a process on chosen cores; leave --cores out")
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, cores)
    except OSError as error:
        raise BadEnvironment(
            f"the system refuses the cores {write_cores(cores)} ({error.strerror}); this process "
            f"may use {write_cores(tuple(before))}: name some of these, or lift the limit"
        ) from error
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _of_kind(kind: str, root: Path) -> tuple[int, ...]:
    known = capacities(root)
    lowest, highest = min(known.values(), default=0), max(known.values(), default=0)
    if not known:
        raise BadUsage(
            f"this machine does not say which cores are {kind}; give their numbers, such as 0-3"
        )
    if lowest >= ALIKE * highest:
        raise BadUsage(
            f"all cores here are alike ({write_cores(tuple(known))}), none is {kind}; "
            "give their numbers, or leave --cores out"
        )
    little = {core for core, capacity in known.items() if capacity * ALIKE <= lowest}
    return tuple(core for core in known if (core in little) == (kind == "little"))
