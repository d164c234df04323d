"""What a board said of itself, checked: nothing it says is trusted before it went through here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeattn_runtime.errors import BadEnvironment

LONGEST_TEXT = 500
LONGEST_LIST = 4096
_DIGEST = re.compile(r"[0-9a-f]{64}")


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
        libc = [str(part) for part in _list(read, "libc")]
        found = re.match(r"(\d+)\.(\d+)", libc[1]) if libc[:1] == ["glibc"] and libc[1:] else None
        return cls(
            path=_path(read, "path"),
            version=tuple(int(part) for part in _list(read, "version", int)),
            bits=_number(read, "bits"),
            glibc=None if found is None else (int(found[1]), int(found[2])),
            numpy=_text_or_none(read, "numpy"),
            engines={
                _clean(engine): _clean(version)
                for engine, version in _dict(read, "engines").items()
            },
            has_pip=read.get("has_pip") is True,
            has_venv=read.get("has_venv") is True,
        )


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A bundle that lies on a board.

    Attributes:
        release: The release's folder name.
        release_id: What it was made of; see `payload`.
        files: The files it should hold, by name, with their sha256.
        whole: Whether every one of them is there and has its sha256.
        found: sha256 of the files that are as they should be.
        python: The interpreter it was deployed for.
        run_as: The engine or accelerator it was deployed for.
    """

    release: str
    release_id: str
    files: Mapping[str, str]
    whole: bool
    found: frozenset[str]
    python: str
    run_as: str

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Deployed:
        """Return one entry of the inventory."""
        deployed, found = _dict(read, "deployed"), _dict(read, "found")
        files = {str(name): str(digest) for name, digest in _dict(deployed, "files").items()}
        right = {digest for name, digest in files.items() if found.get(name) == digest}
        return cls(
            release=_name(read, "release"),
            release_id=_text(deployed, "release_id"),
            files=files,
            whole=right == set(files.values()),
            found=frozenset(right),
            python=_path(deployed, "python"),
            run_as=_text(deployed, "run_as"),
        )


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What lies in the folder on the board.

    Attributes:
        ours: Whether it bears our mark.
        empty: Whether it is empty or absent.
        bundles: Those deployed, by name.
        incoming: sha256, or sha256 + ".part", of what came in and is in no release yet: its bytes.
        engines: Keys of the engines that were unpacked there.
    """

    ours: bool = False
    empty: bool = True
    bundles: Mapping[str, Deployed]
    incoming: Mapping[str, int]
    engines: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Inventory:
        """Return the inventory in a probe's answer."""
        incoming = {}
        for name, size in _dict(read, "incoming").items():
            if _DIGEST.fullmatch(name.removesuffix(".part")) and isinstance(size, int):
                incoming[name] = size
        bundles = {}
        for name, one in _dict(read, "bundles").items():
            try:
                bundles[_clean(name)] = Deployed.from_json(one)
            except (BadEnvironment, AttributeError):  # not of our making: it will be replaced
                continue
        return cls(
            ours=read.get("ours") is True,
            empty=read.get("empty") is True,
            bundles=bundles,
            incoming=incoming,
            engines=frozenset(_clean(str(key)) for key in _list(read, "engines", str)),
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
        cpu = _dict(read, "cpu")
        clock = read.get("clock")
        if isinstance(clock, bool) or not isinstance(clock, (int, float)):
            raise _strange("clock", clock)
        return cls(
            model=_text_or_none(read, "model"),
            machine=_text(read, "machine"),
            system=_text(read, "system"),
            distribution=_text_or_none(read, "distribution"),
            cores=_number_or_none(read, "cores"),
            cpu_name=_text_or_none(cpu, "name"),
            cpu_parts=tuple(_list(cpu, "parts", int)),
            clocks_khz=tuple(
                one if isinstance(one, int) else None for one in _list(cpu, "clocks_khz")
            ),
            features=tuple(_clean(one) for one in _list(cpu, "features", str)),
            memory_bytes=_number_or_none(read, "memory_bytes"),
            governor=_text_or_none(read, "governor"),
            jetson=_text_or_none(read, "jetson"),
            clock=float(clock),
            folder=_path(read, "folder"),
            writable=read.get("writable") is True,
            free_bytes=_number_or_none(read, "free_bytes"),
            inventory=Inventory.from_json(_dict(read, "inventory")),
            pythons=tuple(pythons),
        )


def _strange(key: str, value: Any) -> BadEnvironment:
    shown = _clean(repr(value))[:80]
    return BadEnvironment(
        f"the board answers the probe with {key} = {shown}, which cannot be; "
        "does something it runs at login write to standard output?"
    )


def _clean(text: str) -> str:
    """Return text that a terminal can show, at most so long."""
    return re.sub(r"[^\x20-\x7e\u00a0-\ufffc]", "", text)[:LONGEST_TEXT]


def _text(read: Mapping[str, Any], key: str) -> str:
    value = read.get(key)
    if not isinstance(value, str) or not value:
        raise _strange(key, value)
    return _clean(value)


def _text_or_none(read: Mapping[str, Any], key: str) -> str | None:
    return None if read.get(key) in (None, "") else _text(read, key)


def _path(read: Mapping[str, Any], key: str) -> str:
    value = _text(read, key)
    if value != read[key] or not value.startswith("/"):
        raise _strange(key, read[key])
    return value


def _name(read: Mapping[str, Any], key: str) -> str:
    value = _text(read, key)
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", value):
        raise _strange(key, value)
    return value


def _number(read: Mapping[str, Any], key: str) -> int:
    value = read.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise _strange(key, value)
    return value


def _number_or_none(read: Mapping[str, Any], key: str) -> int | None:
    return None if read.get(key) is None else _number(read, key)


def _dict(read: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = read.get(key) if isinstance(read, Mapping) else None
    if not isinstance(value, dict) or len(value) > LONGEST_LIST:
        raise _strange(key, value)
    return value


def _list(read: Mapping[str, Any], key: str, kind: type | None = None) -> Sequence[Any]:
    value = read.get(key)
    if not isinstance(value, list) or len(value) > LONGEST_LIST:
        raise _strange(key, value)
    if kind is not None and any(not isinstance(one, kind) or one is True for one in value):
        raise _strange(key, value)
    return value
