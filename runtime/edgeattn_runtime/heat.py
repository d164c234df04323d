"""What a board is called and how hot it is."""

from __future__ import annotations

import os
import re
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


def load_average() -> float | None:
    """Return the load of the last minute: processes that run or wait, on all cores together."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
