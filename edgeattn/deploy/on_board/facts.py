"""Print what this board is, and what is installed in a folder, as JSON lines.

    python3 facts.py FOLDER all PYTHON     one line about this Python, one about the board
    python3 facts.py FOLDER python PYTHON  the first line only, for the board's other interpreters

PYTHON is how it was called: a wrapper script is more than the program behind it. FOLDER may be
empty (the default), relative to the home folder, or start with `~`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import struct
import sys
import time
from typing import Any

DEFAULT = ".edgeattn"
ANDROID = "/data/local/tmp/edgeattn"
ENGINES = {
    "onnxruntime": ("onnxruntime", ("onnxruntime", "onnxruntime-gpu")),
    "ai-edge-litert": ("ai_edge_litert", ("ai-edge-litert",)),
    "tflite-runtime": ("tflite_runtime", ("tflite-runtime",)),
}


def text_of(path: str) -> str | None:
    """Return a small text file, without NULs; None without it."""
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20).replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return None


def version_of(names: tuple[str, ...]) -> str:
    """Return the version of an installed distribution; "0" when it has no metadata."""
    from importlib import metadata

    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "0"


def this_python(path: str) -> dict[str, Any]:
    """Return what matters of this interpreter."""
    engines = {}
    for engine, (module, names) in ENGINES.items():
        if importlib.util.find_spec(module) is not None:
            engines[engine] = version_of(names)
    return {
        "path": path,
        "version": list(sys.version_info[:3]),
        "implementation": platform.python_implementation(),
        "bits": struct.calcsize("P") * 8,
        "libc": list(platform.libc_ver()),
        "numpy": version_of(("numpy",)) if importlib.util.find_spec("numpy") else None,
        "engines": engines,
        "has_pip": importlib.util.find_spec("pip") is not None,
        "has_venv": importlib.util.find_spec("ensurepip") is not None,
    }


def cpu() -> dict[str, Any]:
    """Return features, ARM core types and top clocks, one entry for each core."""
    info = text_of("/proc/cpuinfo") or ""
    features = re.findall(r"^(?:Features|flags)\s*:\s*(.*)$", info, re.M)
    shared = set(features[0].split()) if features else set()
    for line in features[1:]:
        shared &= set(line.split())
    names = re.findall(r"^(?:model name|Hardware)\s*:\s*(.*)$", info, re.M)
    clocks = []
    for number in range(os.cpu_count() or 1):
        top = text_of(f"/sys/devices/system/cpu/cpu{number}/cpufreq/cpuinfo_max_freq") or ""
        clocks.append(int(top) if top.isdigit() else None)
    return {
        "name": names[0] if names else None,
        "features": sorted(shared),
        "parts": [int(part, 16) for part in re.findall(r"^CPU part\s*:\s*(0x\w+)", info, re.M)],
        "clocks_khz": clocks,
    }


def memory_bytes() -> int | None:
    """Return the physical memory."""
    found = re.search(r"^MemTotal:\s*(\d+) kB", text_of("/proc/meminfo") or "", re.M)
    return int(found.group(1)) * 1024 if found else None


def resolved(folder: str, home: str) -> str:
    """Return the absolute path of the folder that was asked for."""
    if not folder:
        usable = os.path.isabs(home) and home != "/" and os.access(home, os.W_OK)
        if not usable and os.path.isdir("/data/local/tmp"):
            return ANDROID
        return os.path.join(home, DEFAULT)
    if folder == "~" or folder.startswith("~/"):
        folder = folder[2:] or "."
    return os.path.normpath(os.path.join(home, folder))


def existing(folder: str) -> str:
    """Return the folder, or the nearest one above it that exists."""
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def is_writable(folder: str) -> bool:
    """Return whether something can be made in the folder or, while it is absent, above it."""
    place = existing(folder)
    try:
        disk = os.statvfs(place)
    except OSError:
        return False
    read_only = bool(disk.f_flag & getattr(os, "ST_RDONLY", 1)) or not disk.f_blocks
    blocked = os.path.lexists(folder) and not os.path.isdir(folder)
    return os.access(place, os.W_OK | os.X_OK) and not read_only and not blocked


def sha256_of(path: str) -> str | None:
    """Return the sha256 of a file; None when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


def listed(folder: str) -> list[str]:
    """Return the names in a folder; none when it is absent."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def is_whole(engine: str) -> bool:
    """Return whether an unpacked engine holds what `engine.unpack` wrote into `.whole`."""
    try:
        wanted = json.loads(text_of(os.path.join(engine, ".whole")) or "{}")
        files = size = 0
        for root, folders, names in os.walk(engine):
            folders[:] = [one for one in folders if one != "__pycache__"]
            for name in names:
                files += name != ".whole"
                size += os.path.getsize(os.path.join(root, name)) if name != ".whole" else 0
    except (OSError, ValueError):
        return False
    return not wanted or wanted == {"files": files, "bytes": size}


def inventory(folder: str) -> dict[str, Any]:
    """Return what lies in the folder, each file by its real checksum."""
    bundles = {}
    for name in listed(os.path.join(folder, "bundles")):
        release = os.path.realpath(os.path.join(folder, "bundles", name))
        try:
            deployed = json.loads(text_of(os.path.join(release, "deployed.json")) or "")
            found = {one: sha256_of(os.path.join(release, one)) for one in deployed["files"]}
        except (ValueError, TypeError, KeyError):
            continue
        bundles[name] = {
            "release": os.path.basename(release),
            "deployed": deployed,
            "found": found,
            "script": sha256_of(os.path.join(release, "edgeattn")),
        }
    incoming = {}
    for name in listed(os.path.join(folder, "incoming")):
        try:
            incoming[name] = os.path.getsize(os.path.join(folder, "incoming", name))
        except OSError:
            continue
    engines = os.path.join(folder, "engines")
    return {
        "ours": os.path.isfile(os.path.join(folder, "edgeattn.json")),
        "empty": not listed(folder),
        "bundles": bundles,
        "incoming": incoming,
        "engines": [
            one for one in listed(engines) if one[0] != "." and is_whole(os.path.join(engines, one))
        ],
    }


def board(folder: str) -> dict[str, Any]:
    """Return what this board is."""
    home = os.path.expanduser("~")
    place = resolved(folder, home)
    try:
        free = shutil.disk_usage(existing(place)).free
    except OSError:
        free = None
    release = text_of("/etc/os-release") or ""
    named = re.search(r'^PRETTY_NAME="?([^"\n]*)', release, re.M)
    affinity = hasattr(os, "sched_getaffinity")
    return {
        "model": text_of("/proc/device-tree/model")
        or text_of("/sys/firmware/devicetree/base/model"),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "distribution": named.group(1) if named else None,
        "cores": len(os.sched_getaffinity(0)) if affinity else os.cpu_count(),
        "cpu": cpu(),
        "memory_bytes": memory_bytes(),
        "governor": text_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "jetson": text_of("/etc/nv_tegra_release"),
        "clock": time.time(),
        "folder": place,
        "writable": is_writable(place),
        "free_bytes": free,
        "inventory": inventory(place),
    }


def main(words: list[str]) -> None:
    """Print the lines."""
    folder, what, path = words
    print("edgeattn-python " + json.dumps(this_python(path)))
    if what == "all":
        print("edgeattn-board " + json.dumps(board(folder)))


if __name__ == "__main__":
    main(sys.argv[1:])
