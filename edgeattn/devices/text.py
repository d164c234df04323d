"""Profiles for a terminal: a table of all, or every fact of one with its source."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace

from edgeattn.devices.facts import Accelerator, Cache, Cluster, Memory, System
from edgeattn.devices.profile import Profile
from edgeattn.report.terminal import table

WIDTH = 100  # columns
UNKNOWN = "-"


def render_profiles(profiles: Iterable[Profile]) -> str:
    """Return one line for each device."""
    rows = [
        (one.name, _first_cores(one), memory_of(one), bandwidth_of(one), ", ".join(one.targets))
        for one in profiles
    ]
    headings = ("Device", "Cores, GHz", "Memory", "GB/s", "--target means")
    return "\n".join(
        [
            table(headings, rows, words=(0, 1, 2, 4)),
            "",
            "GB/s: between CPU and memory as measured; (in brackets) what the bus can carry.",
            "`edgeattn devices DEVICE` says where each number comes from, and what not to try.",
        ]
    )


def render_profile(profile: Profile) -> str:
    """Return every fact of one device, each followed by its sources."""
    head = f"{profile.title} ({profile.name}"
    head += f"; also {', '.join(profile.aliases)})" if profile.aliases else ")"
    lines = [
        *textwrap.wrap(head, WIDTH), "",
        f"  chip       {profile.soc}",
        f"  engine     {profile.engine}, {profile.threads} thread{'s' * (profile.threads > 1)}",
        f"  --target   {profile.name} means {', '.join(profile.targets)}",
    ]  # fmt: skip
    for title, facts in _sections(profile):
        lines += ["", title] if facts else []
        for fact, source in facts:
            lines += _filled(fact, "  ", "    ")
            lines += _filled("; ".join(source), "      source: ", "              ")
    return "\n".join(lines)


Facts = list[tuple[str, tuple[str, ...]]]


def _sections(profile: Profile) -> Iterator[tuple[str, Facts]]:
    yield "Cores", [(cluster(one), one.source) for one in profile.clusters]
    cpu = profile.cpu
    yield "Features", [] if cpu is None else [(", ".join(cpu.features), cpu.source)]
    yield "Caches", [(_cache(one), one.source) for one in profile.caches]
    memory = profile.memory
    yield "Memory", [] if memory is None else [(_memory(memory), memory.source)]
    yield (
        "Memory bandwidth",
        [
            (f"{one.gb_per_s:g} GB/s, {one.what}" + (f", {one.year}" * bool(one.year)), one.source)
            for one in profile.bandwidths
        ],
    )
    yield (
        "Measured peaks of one core",
        [
            (f"{one.precision}: {one.gops_per_s:g} * 10^9 operations/s, {one.what}", one.source)
            for one in profile.peaks
        ],
    )
    yield "Accelerators", [(_accelerator(one), one.source) for one in profile.accelerators]
    yield "Systems", [(_system(one), one.source) for one in profile.systems]
    yield "Power and heat", [(f"{one.value:g}: {one.what}", one.source) for one in profile.power]
    yield "Do not try", [(f"{one.what}: {one.why}", one.source) for one in profile.avoid]


def cluster(one: Cluster) -> str:
    """Return "4x Cortex-A76 at 2400 MHz"."""
    clock = "" if one.clock_mhz is None else f" at {one.clock_mhz:g} MHz"
    return f"{one.count}x {one.core}{clock}"


def cores_of(profile: Profile) -> str:
    """Return "4x Cortex-A76 2.4" with GHz, clusters joined."""
    words = [
        f"{one.count}x {one.core.removeprefix('Cortex-')}"
        + ("" if one.clock_mhz is None else f" {one.clock_mhz / 1000:.3g}")
        for one in profile.clusters
    ]
    return " + ".join(words) or UNKNOWN


def _first_cores(profile: Profile) -> str:
    """Return the fastest cores, and how many others there are."""
    others = sum(one.count for one in profile.clusters[1:])
    fastest = cores_of(replace(profile, clusters=profile.clusters[:1]))
    return fastest + (f", {others} more" if others else "")


def memory_of(profile: Profile) -> str:
    """Return "4/8 GB"."""
    sizes = () if profile.memory is None else profile.memory.sizes_gb
    return "/".join(f"{size:g}" for size in sizes) + " GB" if sizes else UNKNOWN


def bandwidth_of(profile: Profile) -> str:
    """Return what was measured, else what the bus can carry in brackets."""
    found = profile.bandwidth
    if found is None:
        return UNKNOWN
    return f"{found.gb_per_s:.3g}" if found.measured else f"({found.gb_per_s:.3g})"


def pythons_of(profile: Profile) -> str:
    """Return the Pythons of its systems."""
    return ", ".join(one.python for one in profile.systems if one.python) or UNKNOWN


def _cache(one: Cache) -> str:
    return f"{one.level}: {one.kb:g} KiB, {one.shared}"


def _memory(one: Memory) -> str:
    sizes = ", ".join(f"{size:g}" for size in one.sizes_gb)
    return f"{one.kind}: {sizes} GB" if sizes else one.kind


def _accelerator(one: Accelerator) -> str:
    words = f"{one.name} ({one.kind}): {one.takes}"
    words += f"; {one.units} units" if one.units else ""
    words += f"; {one.int8_tops:g} int8 TOPS, dense, at most" if one.int8_tops else ""
    return words + (f"; --target {one.policy}" if one.policy else "; no policy here writes for it")


def _system(one: System) -> str:
    words = one.name + (f": Python {one.python}" if one.python else "")
    return words + (f", glibc {one.glibc}" if one.glibc else "")


def _filled(text: str, first: str, later: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=later)
