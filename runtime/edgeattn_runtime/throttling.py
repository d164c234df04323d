"""Whether a machine holds its own clock back, and why.

Who says so, and where: Raspberry Pi's firmware (`get_throttled`), the kernel's thermal zones and
the cooling devices that cap the CPU (every ARM board), Jetson's over-current counters, x86's
counters of throttling events. `tegrastats` shows the same numbers and would be one process more
beside the measurement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgeattn_runtime.frequency import frequency_cap_mhz
from edgeattn_runtime.heat import ROOT, board_model, read_fact

# Bits 0 to 3 of get_throttled are now, bits 16 to 19 the same since boot. Source: Raspberry Pi
# documentation, vcgencmd.
FIRMWARE_BITS = ("under-voltage", "a clock cap", "throttling", "the soft temperature limit")


@dataclass(frozen=True)
class Throttling:
    """What a machine says of its own clock.

    Attributes:
        now: What holds the clock back at this moment, in words; None when nobody says.
        firmware: Raspberry Pi's bits since boot, 0 to 15.
        events: Throttling events counted since boot (x86, Jetson).
        cap_mhz: The most the CPU may clock, as set by a user, a power mode or the kernel.
    """

    now: tuple[str, ...] | None = None
    firmware: int | None = None
    events: int | None = None
    cap_mhz: float | None = None

    def since(self, before: Throttling) -> tuple[str, ...]:
        """Return what held the clock back between `before` and now, in words, each once.

        A firmware bit that was set before the measurement began cannot be set again: what comes
        and goes under it stays unseen.
        """
        found = [*(before.now or ()), *(self.now or ())]
        found += _words((self.firmware or 0) & ~(before.firmware or 0))
        if self.events is not None and before.events is not None and self.events > before.events:
            found.append(f"{self.events - before.events} throttling events")
        if self.cap_mhz and before.cap_mhz and self.cap_mhz < before.cap_mhz:
            found.append(f"a clock cap that fell from {before.cap_mhz:g} to {self.cap_mhz:g} MHz")
        return tuple(dict.fromkeys(found))


def throttling(root: Path = ROOT) -> Throttling:
    """Return what the machine says of its clock now; each source that is missing stays silent."""
    bits = _firmware_bits(root)
    events = _events(root)
    zones, cooling = _zones_at_their_limit(root), _cooling(root)
    known = (bits, events, zones, cooling)
    now: tuple[str, ...] | None = None
    if any(source is not None for source in known):
        now = (*_words((bits or 0) & 0xF), *(zones or ()), *(cooling or ()))
    return Throttling(
        now=now,
        firmware=None if bits is None else bits >> 16,
        events=events,
        cap_mhz=frequency_cap_mhz(root=root),
    )


def _words(bits: int) -> list[str]:
    return [f"{words} (firmware)" for i, words in enumerate(FIRMWARE_BITS) if bits >> i & 1]


def _firmware_bits(root: Path) -> int | None:
    """Return Raspberry Pi's get_throttled: from /sys, else from the firmware's own tool."""
    said = read_fact(root / "sys/devices/platform/soc/soc:firmware/get_throttled")
    if said is None and "Raspberry Pi" in (board_model(root) or ""):
        said = _vcgencmd()
    if said is None or not re.fullmatch(r"(0x)?[0-9a-fA-F]+", said):
        return None
    return int(said, 16)


def _events(root: Path) -> int | None:
    """Return the events counted by x86 cores and by Jetson's over-current protection."""
    files = [
        *(root / "sys/devices/system/cpu").glob("cpu*/thermal_throttle/*_throttle_count"),
        *(root / "sys/class/hwmon").glob("hwmon*/oc*_event_cnt"),
    ]
    counts = [read_fact(file) for file in files]
    known = [int(count) for count in counts if count is not None and count.isdigit()]
    return sum(known) if known else None


def _zones_at_their_limit(root: Path) -> tuple[str, ...] | None:
    """Return the thermal zones at or above the trip point from which the kernel slows the CPU.

    Source: Linux, Documentation/driver-api/thermal/sysfs-api.rst: at a "passive" trip the kernel
    throttles, at a "hot" one it warns the firmware.
    """
    found, seen = [], False
    for zone in sorted((root / "sys/class/thermal").glob("thermal_zone*")):
        degrees = _millidegrees(zone / "temp")
        trips = [
            limit
            for kind in zone.glob("trip_point_*_type")
            if read_fact(kind) in ("passive", "hot")
            and (limit := _millidegrees(kind.with_name(kind.name.replace("_type", "_temp"))))
        ]
        if degrees is None or not trips:
            continue
        seen = True
        if degrees >= min(trips):
            name = read_fact(zone / "type") or zone.name
            found.append(f"{name} at its limit of {min(trips) / 1000:g} °C")
    return tuple(found) if seen else None


def _cooling(root: Path) -> tuple[str, ...] | None:
    """Return the cooling devices that hold the CPU's clock down; fans are none of them."""
    found, seen = [], False
    for device in sorted((root / "sys/class/thermal").glob("cooling_device*")):
        kind, state = read_fact(device / "type") or "", read_fact(device / "cur_state") or ""
        if not re.search("cpufreq|processor", kind, re.I) or not state.isdigit():
            continue
        seen = True
        if int(state) > 0:
            most = read_fact(device / "max_state") or "?"
            found.append(f"{kind} at step {state} of {most}")
    return tuple(found) if seen else None


def _millidegrees(path: Path) -> int | None:
    said = read_fact(path)
    return int(said) if said is not None and re.fullmatch(r"-?\d+", said) else None


def _vcgencmd() -> str | None:
    """Return what the Raspberry Pi's firmware tool says, such as "0x50000"."""
    import subprocess  # costs milliseconds, and only a Raspberry Pi needs it

    try:
        done = subprocess.run(
            ["vcgencmd", "get_throttled"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().partition("=")[2] or None
