"""How hot a board is, and whether it slows itself down for it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path("/")


def read_fact(path: Path) -> str | None:
    """Return a small text file's content without NULs and blanks at its ends; None without it."""
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip() or None
    except OSError:
        return None


def board_model(root: Path) -> str | None:
    """Return the board's name: "Raspberry Pi 4 Model B Rev 1.4"."""
    return read_fact(root / "proc/device-tree/model") or read_fact(
        root / "sys/firmware/devicetree/base/model"
    )


def temperature_c(root: Path = ROOT) -> float | None:
    """Return the hottest CPU sensor in degrees Celsius, or the hottest of any kind."""
    found = {}
    for zone in sorted((root / "sys/class/thermal").glob("thermal_zone*")):
        millidegrees = read_fact(zone / "temp")
        if millidegrees is not None and re.fullmatch(r"-?\d+", millidegrees):
            found[zone] = (read_fact(zone / "type") or "", int(millidegrees) / 1000)
    of_cpu = [
        degrees for kind, degrees in found.values() if re.search("cpu|x86_pkg|soc", kind, re.I)
    ]
    return max(of_cpu or [degrees for _, degrees in found.values()], default=None)


def throttling(root: Path) -> tuple[bool | None, int | None]:
    """Return (whether the clock is held back now, the machine's record of the past).

    Raspberry Pi: bits 0 to 3 of get_throttled are under-voltage, capped, throttled and soft
    temperature limit now, bits 16 to 19 the same since boot. x86: a counter of throttling events.
    """
    firmware = read_fact(root / "sys/devices/platform/soc/soc:firmware/get_throttled")
    if firmware is None and "Raspberry Pi" in (board_model(root) or ""):
        firmware = _vcgencmd()
    if firmware is not None and re.fullmatch(r"(0x)?[0-9a-fA-F]+", firmware):
        bits = int(firmware, 16)
        return bool(bits & 0xF), bits >> 16
    counts = [
        read_fact(path)
        for path in (root / "sys/devices/system/cpu").glob("cpu*/thermal_throttle/*_throttle_count")
    ]
    known = [int(count) for count in counts if count is not None and count.isdigit()]
    return (False, sum(known)) if known else (None, None)


def _vcgencmd() -> str | None:
    """Return what the Raspberry Pi's firmware tool says, such as "0x50000"."""
    try:
        done = subprocess.run(
            ["vcgencmd", "get_throttled"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().partition("=")[2] or None
