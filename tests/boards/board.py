"""An emulated board: a whole arm64 computer with a real kernel and a real ssh server.

Its clock counts instructions, one nanosecond each, so that what measures latency inside it gives
the same numbers on any machine. They are ratios, never a board's milliseconds.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.boards.device_tree import write_device_tree
from tests.boards.disk import USER, Disk, board_disk
from tests.boards.models import BoardModel
from tests.boards.monitor import Monitor
from tests.boards.packages import environment, unpacked
from tests.boards.ssh_client import SshClient

BOOT_S = 180  # 10 s on a quiet machine
MEMORY_MB = 1024
APPEND = "console=ttyAMA0 quiet loglevel=3 panic=1 mitigations=off random.trust_cpu=on"
# One instruction is one nanosecond of the guest's clock; asleep, it follows ours, or ssh times out.
CLOCK = "shift=0,align=off,sleep=on"


class Board:
    """A running board.

    Attributes:
        model: Which one it is.
        port: Where its ssh server listens on this machine.
        ssh: A client with the right keys.
        monitor: Its cable and its reset button.
        console: The file with what its kernel said.
    """

    def __init__(
        self,
        model: BoardModel,
        port: int,
        process: subprocess.Popen[bytes],
        folder: Path,
        disk: Disk,
    ) -> None:
        self.model, self.port, self._process = model, port, process
        self.console = folder / "console.log"
        self.ssh = SshClient(folder, port, disk.key, disk.host_key)
        self.monitor: Monitor

    @property
    def address(self) -> str:
        """What the user types."""
        return f"ssh://{USER}@127.0.0.1:{self.port}"

    def wait(self) -> None:
        """Wait until somebody can log in."""
        end = time.monotonic() + BOOT_S
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            if self.ssh.run("true", timeout_s=20).returncode == 0:
                return
            time.sleep(0.3)
        raise AssertionError(f"{self.model.title} did not start within {BOOT_S} s: {self.said()}")

    def said(self) -> str:
        """Return the end of what its kernel and QEMU said."""
        return self.console.read_text(encoding="utf-8", errors="replace")[-3000:]

    def reboot(self) -> None:
        """Press the reset button and wait until it is back."""
        self.monitor.reset()
        self.wait()


@contextlib.contextmanager
def booted(model: BoardModel, *, since: str | None = None) -> Iterator[Board]:
    """Start a board with a fresh disk; it ends with the `with` block, however that ends.

    Args:
        model: The board.
        since: What its clock shows at the start, such as "1970-01-01"; None is now.
    """
    disk = board_disk()
    system = unpacked("qemu-system-arm")
    folder = Path(tempfile.mkdtemp(prefix="board-"))  # short: a socket's path ends at 107 bytes
    port = _free_port()
    machine: list[str | Path] = [
        system / "usr/bin/qemu-system-aarch64", "-M", "virt", "-cpu", model.cpu, "-m",
        str(MEMORY_MB), "-smp", "1", "-accel", "tcg,thread=single", "-icount", CLOCK, "-nodefaults",
        "-display", "none",
    ]  # fmt: skip
    tree = folder / "board.dtb"
    write_device_tree(tree, model, machine)
    command = [
        *machine, "-dtb", tree, "-kernel", disk.kernel, "-initrd", disk.initrd, "-append", APPEND,
        "-serial", f"file:{folder / 'console.log'}",
        "-qmp", f"unix:{folder / 'monitor'},server=on,wait=off",
        "-drive", f"if=none,id=disk,file={disk.image},format=raw,snapshot=on",
        "-device", "virtio-blk-pci,drive=disk,romfile=",
        "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22",
        "-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci,romfile=",
    ]  # fmt: skip
    if since is not None:
        command += ["-rtc", f"base={since}"]
    with (folder / "qemu.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment(system), stdout=log, stderr=log)
    try:
        board = Board(model, port, process, folder, disk)
        board.wait()
        board.monitor = Monitor(folder / "monitor")
        yield board
        board.monitor.close()
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
