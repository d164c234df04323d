"""What a core can compute in a cycle (cores/arm.toml), and the peak of a profile's fastest one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib import resources

from edgeattn.devices.facts import Cluster, Peak
from edgeattn.devices.profile import OWN_WORDS, Profile

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, kw_only=True)
class Core:
    """A core's compute roof.

    Attributes:
        name: "Cortex-A76".
        fp32_per_cycle: float32 operations, a multiplication and an addition being two.
        int8_per_cycle: The same of int8 products summed in int32.
        features: From profile.FEATURES.
        source: Where it comes from.
    """

    name: str
    fp32_per_cycle: float
    int8_per_cycle: float
    features: tuple[str, ...]
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a core that computes nothing."""
        if min(self.fp32_per_cycle, self.int8_per_cycle) <= 0:
            raise ValueError(f"{self.name} computes nothing in a cycle")

    def per_cycle(self, precision: str) -> float:
        """Return the operations of a cycle in "fp32" or "int8"."""
        return self.int8_per_cycle if precision == "int8" else self.fp32_per_cycle


@cache
def cores() -> dict[str, Core]:
    """Return the cores whose peak is known, by name."""
    text = (resources.files("edgeattn_devices") / "cores" / "arm.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    sources = table.pop("sources")
    return {
        name: Core(
            name=name,
            fp32_per_cycle=entry["fp32_per_cycle"],
            int8_per_cycle=entry["int8_per_cycle"],
            features=tuple(entry["features"]),
            source=tuple(
                one if one.startswith(OWN_WORDS) else sources[one] for one in entry["source"]
            ),
        )
        for name, entry in table.items()
    }


def peak(profile: Profile, precision: str) -> Peak | None:
    """Return the roof of the profile's fastest core: as measured, else cycle by cycle.

    None where neither a measurement nor the core's clock is known.
    """
    for one in profile.peaks:
        if one.precision == precision:
            return one
    roofs = [roof for one in profile.clusters if (roof := _of_cluster(one, precision)) is not None]
    return max(roofs, key=lambda roof: roof.gops_per_s, default=None)


def _of_cluster(cluster: Cluster, precision: str) -> Peak | None:
    core = cores().get(cluster.core)
    if core is None or cluster.clock_mhz is None:
        return None
    per_cycle = core.per_cycle(precision)
    return Peak(
        precision=precision,
        gops_per_s=per_cycle * cluster.clock_mhz / 1000,
        what=f"one {core.name}: {per_cycle:g} a cycle x {cluster.clock_mhz:g} MHz",
        source=(*core.source, *cluster.source),
    )
