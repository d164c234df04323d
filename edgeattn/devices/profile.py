"""A device profile: the whole of one TOML file, checked."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, TypeVar

from edgeattn.devices.facts import (
    Accelerator,
    Avoid,
    Bandwidth,
    Cache,
    Cluster,
    Cpu,
    Memory,
    Peak,
    Power,
    System,
)
from edgeattn_runtime.errors import BadInput

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Record = TypeVar("Record")

ENGINES = ("onnxruntime", "ai-edge-litert", "tflite-runtime")
OWN_WORDS = ("derived: ", "assumption: ", "docs: ")
"""How a source begins that is no entry of [sources]: a computation, a belief, a page of ours."""

LISTS: Mapping[str, tuple[str, type[Any]]] = {
    "cluster": ("clusters", Cluster),
    "cache": ("caches", Cache),
    "bandwidth": ("bandwidths", Bandwidth),
    "peak": ("peaks", Peak),
    "accelerator": ("accelerators", Accelerator),
    "system": ("systems", System),
    "power": ("power", Power),
    "avoid": ("avoid", Avoid),
}
"""A table of the file -> the field it fills, and what one of its entries is."""

SINGLE: Mapping[str, type[Any]] = {"cpu": Cpu, "memory": Memory}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What is known about one device.

    Attributes:
        name: As --target and --device say it: lower case, digits and hyphens.
        title: As people say it.
        aliases: Other names for it.
        soc: Its chip.
        targets: What `--target NAME` stands for: a class of CPU first, then policies of
            accelerators.
        engine: What to run on its CPU, one of ENGINES.
        threads: How many to begin with.
        cpu: Features of its CPU; None where nobody asked.
        clusters: Fastest cores first.
        caches: Nearest first.
        memory: Kind and sizes; None where nobody says.
        bandwidths: Between CPU and memory.
        peaks: Measured compute roofs of one core; without them they follow from the cores.
        accelerators: What computes beside the CPU.
        systems: What it runs, with Python and glibc.
        power: Limits and draws.
        avoid: What not to try.
        sources: The entries of [sources], by key.
    """

    name: str
    title: str
    soc: str
    targets: tuple[str, ...]
    engine: str
    threads: int
    aliases: tuple[str, ...] = ()
    cpu: Cpu | None = None
    clusters: tuple[Cluster, ...] = ()
    caches: tuple[Cache, ...] = ()
    memory: Memory | None = None
    bandwidths: tuple[Bandwidth, ...] = ()
    peaks: tuple[Peak, ...] = ()
    accelerators: tuple[Accelerator, ...] = ()
    systems: tuple[System, ...] = ()
    power: tuple[Power, ...] = ()
    avoid: tuple[Avoid, ...] = ()
    sources: Mapping[str, str]

    def __post_init__(self) -> None:
        """Refuse names nobody can type and choices that do not exist."""
        for name in (self.name, *self.aliases):
            if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
                raise ValueError(f"the name {name!r} is not made of lower case, digits and hyphens")
        if self.engine not in ENGINES:
            raise ValueError(f"engine is {self.engine!r}; choose from {', '.join(ENGINES)}")
        if not self.targets:
            raise ValueError("targets is empty; name a class of CPU first")
        if self.threads < 1:
            raise ValueError(f"threads is {self.threads}; at least 1 runs")

    @property
    def cpu_class(self) -> str:
        """The class of CPU, as edgeattn_runtime.machine names it."""
        return self.targets[0]

    @property
    def features(self) -> tuple[str, ...]:
        """The features of its CPU."""
        return () if self.cpu is None else self.cpu.features

    @property
    def bandwidth(self) -> Bandwidth | None:
        """What one core really gets where somebody measured it, else what the bus can carry."""
        measured = tuple(one for one in self.bandwidths if one.measured)
        return next(iter(measured or self.bandwidths), None)

    def to_json(self) -> dict[str, Any]:
        """Return the profile as plain values, sources written out."""
        return {**asdict(self), "cpu_class": self.cpu_class}


def read_profile(text: str, origin: str) -> Profile:
    """Return the profile in a TOML text.

    Args:
        text: The file's content.
        origin: Its name, for messages.

    Raises:
        BadInput: No TOML, an unknown or missing entry, a source that is not declared, a value
            outside of what there is.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadInput(f"{origin} is no TOML: {fault}; write one with `devices probe`") from fault
    try:
        return _profile(table)
    except (ValueError, TypeError) as fault:
        raise BadInput(f"{origin} is no device profile: {fault}") from fault


def _profile(table: dict[str, Any]) -> Profile:
    sources = table.pop("sources", {})
    if not isinstance(sources, dict) or not all(isinstance(one, str) for one in sources.values()):
        raise ValueError("[sources] wants one sentence for each key")
    filled: dict[str, Any] = {"sources": sources}
    for key, (field, record) in LISTS.items():
        entries = table.pop(key, [])
        if not isinstance(entries, list):
            raise ValueError(f"{key} is one table; write [[{key}]]")
        filled[field] = tuple(_record(record, entry, sources, key) for entry in entries)
    for key, record in SINGLE.items():
        if key in table:
            filled[key] = _record(record, table.pop(key), sources, key)
    _known(Profile, {**table, **filled}, "the file")
    return Profile(**{key: _frozen(value) for key, value in table.items()}, **filled)


def _record(record: type[Record], entry: Any, sources: Mapping[str, str], key: str) -> Record:
    """Return one entry, its sources spelt out."""
    if not isinstance(entry, dict):
        raise ValueError(f"{key} is {entry!r}; write a table")
    if not entry.get("source") or not isinstance(entry["source"], list):
        raise ValueError(f"{key} {next(iter(entry.values()), '')!r} has no list `source`")
    _known(record, entry, key)
    values = {name: _frozen(value) for name, value in entry.items() if name != "source"}
    values["source"] = tuple(_spelt(one, sources, key) for one in entry["source"])
    return record(**values)


def _spelt(source: Any, sources: Mapping[str, str], key: str) -> str:
    if source in sources:
        return sources[source]
    if isinstance(source, str) and source.startswith(OWN_WORDS):
        return source
    raise ValueError(
        f"{key} names the source {source!r}, which is not in [sources] and does not begin with "
        + ", ".join(word.strip() for word in OWN_WORDS)
    )


def _known(record: type[Any], entry: Mapping[str, Any], what: str) -> None:
    """Refuse entries that a record has no field for, values of another type, missing ones."""
    known = {field.name: field for field in fields(record)}
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise ValueError(f"{what} has {unknown[0]!r}; known are {', '.join(known)}")
    for name, field in known.items():
        required = field.default is MISSING and field.default_factory is MISSING
        if required and name not in entry:
            raise ValueError(f"{what} has no {name!r}")
        if name in entry and not _fits(entry[name], str(field.type)):
            raise ValueError(f"{what}: {name} is {entry[name]!r}, which is no {field.type}")


def _fits(value: Any, annotation: str) -> bool:
    """Tell whether a TOML value can be what a field is annotated as."""
    if isinstance(value, list):
        inner = annotation.removeprefix("tuple[").removesuffix(", ...]")
        return inner != annotation and all(_fits(one, inner) for one in value)
    kinds: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float)}
    wanted = kinds.get(annotation.split(" | ")[0])
    return wanted is None or (isinstance(value, wanted) and not isinstance(value, bool))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
