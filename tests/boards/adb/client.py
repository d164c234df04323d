"""The real adb client with a server of its own: the user's, if one runs, is left alone."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

from tests.boards.adb.daemon import Daemon
from tests.boards.packages import environment, unpacked

PROGRAM = "usr/lib/android-sdk/platform-tools/adb"
ANSWER_S = 60


class AdbClient:
    """An adb server, and a program `adb` that asks it.

    Args:
        folder: An empty folder for its key, its program and its log.
        phone: The daemon to connect to.
    """

    def __init__(self, folder: Path, phone: Daemon) -> None:
        packages = unpacked("adb")
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        self.programs = folder / "bin"
        self.programs.mkdir(parents=True)
        settings = {
            "LD_LIBRARY_PATH": environment(packages)["LD_LIBRARY_PATH"],
            "ANDROID_ADB_SERVER_PORT": str(port), "HOME": str(folder), "TMPDIR": str(folder),
        }  # fmt: skip
        given = " ".join(f'{name}="{value}"' for name, value in settings.items())
        program = self.programs / "adb"
        program.write_text(f'#!/bin/sh\n{given} exec "{packages / PROGRAM}" "$@"\n')
        program.chmod(0o755)
        self._phone = phone

    def variables(self) -> dict[str, str]:
        """Return the environment in which `adb` is this client."""
        return {**os.environ, "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}"}

    def run(self, *words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run `adb` with words of its command line."""
        command = [self.programs / "adb", *words]
        return subprocess.run(command, input=stdin, capture_output=True, timeout=ANSWER_S)

    def device(self, *words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run `adb` for the phone."""
        return self.run("-s", self._phone.serial, *words, stdin=stdin)

    def __enter__(self) -> AdbClient:
        self.run("start-server")
        self.run("connect", self._phone.serial)
        return self

    def __exit__(self, *fault: object) -> None:
        self.run("kill-server")
