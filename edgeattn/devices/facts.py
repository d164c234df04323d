"""The records of a device profile: each checks itself and knows where its numbers come from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

FEATURES = ("neon", "fp16", "dotprod", "i8mm", "sve")
UNITS = ("gpu", "npu", "dla")
PRECISIONS = ("fp32", "int8")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Cores of one kind with one clock.

    Attributes:
        core: "Cortex-A76", as cores/arm.toml has it where its peak is known.
        count: How many.
        clock_mhz: The highest sustained by default; None where nobody says.
        source: Where the numbers come from, one sentence each.
    """

    core: str
    count: int
    clock_mhz: float | None = None
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what no chip has."""
        _positive(self, "count", "clock_mhz")


@dataclass(frozen=True, kw_only=True)
class Cpu:
    """Features that choose kernels, from FEATURES or as /proc/cpuinfo names them."""

    features: tuple[str, ...]
    source: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cache:
    """A cache: `level` as people say it, `kb` KiB, shared by whom."""

    level: str
    kb: float
    shared: str
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a cache of nothing."""
        _positive(self, "kb")


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Kind of memory, and the sizes the board is sold with in GB."""

    kind: str
    sizes_gb: tuple[float, ...] = ()
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a memory of nothing."""
        if any(size <= 0 for size in self.sizes_gb):
            raise ValueError(f"sizes_gb is {self.sizes_gb}; memory sizes are above 0")


@dataclass(frozen=True, kw_only=True)
class Bandwidth:
    """How fast the CPU reaches its memory.

    Attributes:
        gb_per_s: 10^9 bytes a second, reads and writes together.
        what: Begins with "theoretical" (what the bus can carry) or "measured" (by what, how).
        year: Of the measurement.
        source: Where it comes from.
    """

    gb_per_s: float
    what: str
    year: int | None = None
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a number that says neither what it promises nor what it measured."""
        _positive(self, "gb_per_s")
        if not self.what.startswith(("theoretical", "measured")):
            raise ValueError(f"what is {self.what!r}; begin with theoretical or measured")

    @property
    def measured(self) -> bool:
        """Whether somebody measured it."""
        return self.what.startswith("measured")


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The compute roof of one core as it was measured, in 10^9 operations a second.

    `precision` is "fp32" or "int8"; a multiplication and an addition are two operations.
    """

    precision: str
    gops_per_s: float
    what: str
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse another precision."""
        _positive(self, "gops_per_s")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}; choose from {PRECISIONS}")


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """What computes beside the CPU.

    Attributes:
        name: As its maker calls it.
        kind: "gpu", "npu" or "dla".
        takes: What it runs, through which software.
        units: Shader or CUDA cores, or whatever its maker counts.
        int8_tops: 10^12 dense int8 operations a second, at most.
        policy: The policy whose files it takes; None where this package writes none for it.
        source: Where it comes from.
    """

    name: str
    kind: str
    takes: str
    units: int | None = None
    int8_tops: float | None = None
    policy: str | None = None
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse another kind."""
        _positive(self, "units", "int8_tops")
        if self.kind not in UNITS:
            raise ValueError(f"kind is {self.kind!r}; choose from {', '.join(UNITS)}")


@dataclass(frozen=True, kw_only=True)
class System:
    """An operating system the board runs, with its Python and glibc ("3.11", "2.36")."""

    name: str
    python: str | None = None
    glibc: str | None = None
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a version that is no pair of numbers: 3.10 written as a number is 3.1."""
        for key, version in (("python", self.python), ("glibc", self.glibc)):
            if version is not None and not _is_version(version):
                raise ValueError(f'{key} is {version!r}; write it as text, such as "3.10"')


@dataclass(frozen=True, kw_only=True)
class Power:
    """A limit or a draw: what, with its unit in words, and how much."""

    what: str
    value: float
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse what is not above 0."""
        _positive(self, "value")


@dataclass(frozen=True, kw_only=True)
class Avoid:
    """What not to try on the device, and why."""

    what: str
    why: str
    source: tuple[str, ...]


def _positive(record: object, *names: str) -> None:
    for name in names:
        value = getattr(record, name)
        if value is not None and (not math.isfinite(value) or value <= 0):
            raise ValueError(f"{name} is {value!r}; it has to be above 0")


def _is_version(text: Iterable[str]) -> bool:
    parts = str(text).split(".")
    return isinstance(text, str) and len(parts) == 2 and all(part.isdigit() for part in parts)
