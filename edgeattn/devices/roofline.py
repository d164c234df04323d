"""The roofline: how long a machine takes at least, and what engines make of it. Always an estimate.

    time = sum over operators of max(operations / compute, bytes / bandwidth)

Source: Williams, Waterman, Patterson, "Roofline: an insightful visual performance model for
multicore architectures", 2009, taken operator by operator, since engines run one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edgeattn.devices.cores import peak
from edgeattn.devices.profile import Profile
from edgeattn.devices.work import Work


@dataclass(frozen=True, kw_only=True)
class Roof:
    """What one core can do at most.

    Attributes:
        fp32_gops: 10^9 float32 operations a second.
        int8_gops: The same of int8.
        gb_per_s: Memory bandwidth, 10^9 bytes a second.
    """

    fp32_gops: float
    int8_gops: float
    gb_per_s: float

    def __post_init__(self) -> None:
        """Refuse a machine that does nothing."""
        if not min(self.fp32_gops, self.int8_gops, self.gb_per_s) > 0:
            raise ValueError(f"{self} has a roof that is not above 0")

    def gops(self, precision: str) -> float:
        """Return the compute roof of "fp32" or "int8"."""
        return self.int8_gops if precision == "int8" else self.fp32_gops


@dataclass(frozen=True)
class Efficiency:
    """What an engine makes of a roof.

    Attributes:
        compute: The share of the compute roof that its kernels reach.
        memory: The share of the bandwidth that its operators see; above 1 where caches help.
    """

    compute: float = 1.0
    memory: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no engine does."""
        if not min(self.compute, self.memory) > 0:
            raise ValueError(f"{self} is no efficiency; both shares are above 0")


IDEAL = Efficiency()
"""The roofs themselves, without what an engine loses."""


def roof_of(profile: Profile) -> Roof | None:
    """Return the roofs over the fastest core of a device; None where one is unknown."""
    fp32, int8, bandwidth = peak(profile, "fp32"), peak(profile, "int8"), profile.bandwidth
    if fp32 is None or int8 is None or bandwidth is None:
        return None
    return Roof(fp32_gops=fp32.gops_per_s, int8_gops=int8.gops_per_s, gb_per_s=bandwidth.gb_per_s)


def estimate_ms(work: Iterable[Work], roof: Roof, efficiency: Efficiency = IDEAL) -> float:
    """Return the time of one inference on one core in milliseconds.

    >>> roof = Roof(fp32_gops=10, int8_gops=40, gb_per_s=5)
    >>> estimate_ms([Work("y", "linear", "fp32", 10_000_000, 1000)], roof)
    1.0
    """
    return sum(_operator_ms(one, roof, efficiency) for one in work)


def _operator_ms(one: Work, roof: Roof, efficiency: Efficiency) -> float:
    compute_ms = one.operations / (roof.gops(one.precision) * efficiency.compute * 1e6)
    memory_ms = one.bytes / (roof.gb_per_s * efficiency.memory * 1e6)
    return max(compute_ms, memory_ms)
