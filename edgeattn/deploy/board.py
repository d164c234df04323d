"""What a board said of itself, checked.

Every field went through `fields`, so that a hostile or broken board can neither crash the command
nor steer the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeattn.deploy.fields import (
    absolute_path,
    clean,
    items,
    mapping,
    number,
    number_or_none,
    strange,
    text,
    text_or_none,
)
from edgeattn.deploy.inventory import Inventory

__all__ = ["BoardFacts", "Interpreter", "Inventory"]


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """One Python of a board.

    Attributes:
        path: Where it is.
        version: (3, 11, 2).
        bits: 32 or 64; a 64-bit kernel may run a 32-bit system.
        glibc: (2, 36); None where the C library is another one (musl, Android).
        numpy: Its version; None without it.
        engines: By the names of `session.ENGINES`, their versions.
        has_pip: Whether `pip` is there.
        has_venv: Whether `venv` can make environments.
    """

    path: str
    version: tuple[int, ...]
    bits: int = 64
    glibc: tuple[int, int] | None = None
    numpy: str | None = None
    engines: Mapping[str, str]
    has_pip: bool = False
    has_venv: bool = False

    @property
    def short(self) -> str:
        """Return "3.11"."""
        return f"{self.version[0]}.{self.version[1]}"

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Interpreter:
        """Return what a board's Python said of itself."""
        libc = [str(part) for part in items(read, "libc")]
        found = re.match(r"(\d+)\.(\d+)", libc[1]) if libc[:1] == ["glibc"] and libc[1:] else None
        return cls(
            path=absolute_path(read, "path"),
            version=tuple(int(part) for part in items(read, "version", int)),
            bits=number(read, "bits"),
            glibc=None if found is None else (int(found[1]), int(found[2])),
            numpy=text_or_none(read, "numpy"),
            engines={
                clean(engine): clean(version)
                for engine, version in mapping(read, "engines").items()
            },
            has_pip=read.get("has_pip") is True,
            has_venv=read.get("has_venv") is True,
        )


@dataclass(frozen=True, kw_only=True)
class BoardFacts:
    """What a board is, and what state it is in.

    Attributes:
        model: Its name in the device tree: "Raspberry Pi 4 Model B Rev 1.4".
        machine: The kernel's architecture: "aarch64", "armv7l", "x86_64".
        system: "Linux 6.12.25+rpt".
        distribution: "Debian GNU/Linux 12 (bookworm)".
        cores: How many a login may use.
        cpu_name: As /proc/cpuinfo has it; ARM has none.
        cpu_parts: "CPU part" of each core, numbers of ARM's.
        clocks_khz: Top clock of each core; None where nobody says.
        features: Instruction sets that all cores have.
        memory_bytes: Physical memory.
        governor: Of core 0.
        jetson: First line of /etc/nv_tegra_release.
        clock: The board's time, in seconds since 1970.
        folder: Where a deploy goes.
        writable: Whether it can.
        free_bytes: On that disk.
        inventory: What lies there.
        pythons: The interpreters, the one to be preferred first.
    """

    model: str | None = None
    machine: str
    system: str
    distribution: str | None = None
    cores: int | None = None
    cpu_name: str | None = None
    cpu_parts: tuple[int, ...] = ()
    clocks_khz: tuple[int | None, ...] = ()
    features: tuple[str, ...] = ()
    memory_bytes: int | None = None
    governor: str | None = None
    jetson: str | None = None
    clock: float
    folder: str
    writable: bool
    free_bytes: int | None = None
    inventory: Inventory
    pythons: tuple[Interpreter, ...]

    def __post_init__(self) -> None:
        """Refuse facts that cannot be."""
        if not self.pythons:
            raise ValueError("a board without a Python cannot say what it is")

    @property
    def description(self) -> str:
        """Return "Raspberry Pi 4 Model B Rev 1.4 (aarch64, 4 cores)"."""
        cores = "" if self.cores is None else f", {self.cores} core{'s' * (self.cores != 1)}"
        return f"{self.model or self.cpu_name or 'a board'} ({self.machine}{cores})"

    @classmethod
    def from_json(cls, read: Mapping[str, Any], pythons: Sequence[Interpreter]) -> BoardFacts:
        """Return the facts in a probe's answer.

        Raises:
            BadEnvironment: A field is missing or cannot be.
        """
        cpu = mapping(read, "cpu")
        clock = read.get("clock")
        if isinstance(clock, bool) or not isinstance(clock, (int, float)):
            raise strange("clock", clock)
        return cls(
            model=text_or_none(read, "model"),
            machine=text(read, "machine"),
            system=text(read, "system"),
            distribution=text_or_none(read, "distribution"),
            cores=number_or_none(read, "cores"),
            cpu_name=text_or_none(cpu, "name"),
            cpu_parts=tuple(items(cpu, "parts", int)),
            clocks_khz=tuple(
                one if isinstance(one, int) else None for one in items(cpu, "clocks_khz")
            ),
            features=tuple(clean(one) for one in items(cpu, "features", str)),
            memory_bytes=number_or_none(read, "memory_bytes"),
            governor=text_or_none(read, "governor"),
            jetson=text_or_none(read, "jetson"),
            clock=float(clock),
            folder=absolute_path(read, "folder"),
            writable=read.get("writable") is True,
            free_bytes=number_or_none(read, "free_bytes"),
            inventory=Inventory.from_json(mapping(read, "inventory")),
            pythons=tuple(pythons),
        )
