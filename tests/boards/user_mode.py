"""Run one arm64 program on this machine, without a kernel and without root: QEMU in user mode.

The program sees its own system's files where there are any and this machine's files elsewhere, so
it needs an Arm /proc/cpuinfo and /sys: onnxruntime's CPU detection crashes on those of an x86.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.boards.cache import built, key_of
from tests.boards.models import BoardModel
from tests.boards.packages import environment, unpacked
from tests.boards.system import PYTHON, system_folder

CORES = "0\n"  # one: more would make engines pin threads, which user mode refuses
TIMEOUT_S = 300


def root_of(model: BoardModel) -> Path:
    """Return the `/` that a program on this board sees: the system, and files about the CPU."""
    system = system_folder()

    def fill(folder: Path) -> None:
        for entry in system.iterdir():
            if entry.name not in ("proc", "sys"):
                (folder / entry.name).symlink_to(entry)
        cpus = folder / "sys/devices/system/cpu"
        cpus.mkdir(parents=True)
        for name in ("possible", "present", "online"):
            (cpus / name).write_text(CORES, encoding="utf-8")
        (folder / "proc/device-tree").mkdir(parents=True)
        (folder / "proc/cpuinfo").write_text(model.cpuinfo(), encoding="utf-8")
        (folder / "proc/device-tree/model").write_text(model.title + "\0", encoding="utf-8")

    return built(f"root-{model.name}-{key_of(str(system), model.cpuinfo(), CORES)}", fill)


def run_python(
    model: BoardModel,
    words: Sequence[str | Path],
    *,
    paths: Sequence[Path] = (),
    plugin: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the board's Python.

    Args:
        model: The board, whose CPU is emulated.
        words: What follows `python3`.
        paths: PYTHONPATH.
        plugin: A QEMU plugin with its arguments.
        variables: More of the program's environment.
    """
    emulator = unpacked("qemu-user")
    root = root_of(model)
    given = {
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTHONHASHSEED": "0",  # else dictionaries differ, and with them the count
        "PYTHONDONTWRITEBYTECODE": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "LD_LIBRARY_PATH": "",  # this machine's, for the emulator alone
        "HOME": "/nonexistent",
        **(variables or {}),
    }
    command: list[str | Path] = [emulator / "usr/bin/qemu-aarch64", "-cpu", model.cpu, "-L", root]
    for name, value in given.items():
        command += ["-E", f"{name}={value}"]
    if plugin is not None:
        command += ["-plugin", plugin]
    command += [root / "usr/bin" / PYTHON, *words]
    return subprocess.run(
        command, env=environment(emulator), capture_output=True, text=True, timeout=TIMEOUT_S
    )
