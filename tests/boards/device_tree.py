"""The board's name where Linux looks for it: the device tree's `model` and `compatible`."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.boards.models import BoardModel
from tests.boards.packages import environment, unpacked


def write_device_tree(path: Path, model: BoardModel, emulator: Sequence[str | Path]) -> None:
    """Write QEMU's device tree of a machine, under the name of a board.

    Args:
        path: The file to write.
        model: The board.
        emulator: The command that will start it: the tree depends on its CPU and memory.
    """
    system = unpacked("qemu-system-arm")
    dump = [*emulator, "-machine", f"dumpdtb={path}"]
    subprocess.run(dump, env=environment(system), check=True, capture_output=True, text=True)
    tools = unpacked("device-tree-compiler")
    for name, values in (("model", (model.title,)), ("compatible", model.compatible)):
        command = [tools / "usr/bin/fdtput", "-t", "s", path, "/", name, *values]
        subprocess.run(command, env=environment(tools), check=True, capture_output=True, text=True)
