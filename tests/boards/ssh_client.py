"""The user's OpenSSH client, with the keys of one board and nothing of the user's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.boards.packages import environment, unpacked

COMMAND_S = 300


class SshClient:
    """Programs `ssh`, `scp` and `sftp` that read one configuration, and the hand that calls them.

    Attributes:
        programs: A folder to put first in PATH.
        known_hosts: The file of keys that are trusted.
    """

    def __init__(self, folder: Path, port: int, key: Path, host_key: str) -> None:
        self.programs = folder / "bin"
        self.known_hosts = folder / "known_hosts"
        self._host, self._port = f"[127.0.0.1]:{port}", port
        self._config = folder / "config"
        own_key = folder / "id"
        shutil.copy(key, own_key)
        own_key.chmod(0o600)
        self.trust(host_key)
        settings = {
            "IdentityFile": own_key, "IdentitiesOnly": "yes", "IdentityAgent": "none",
            "UserKnownHostsFile": self.known_hosts, "GlobalKnownHostsFile": "/dev/null",
            "LogLevel": "ERROR",
        }  # fmt: skip
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        self._config.write_text(text, encoding="utf-8")
        self._write_programs()

    def trust(self, host_key: str) -> None:
        """Know the board by this public key and no other."""
        kind, key = host_key.split()[:2]
        self.known_hosts.write_text(f"{self._host} {kind} {key}\n", encoding="utf-8")

    def variables(self) -> dict[str, str]:
        """Return the environment in which `ssh` is this client."""
        return {**os.environ, "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}"}

    def run(
        self, command: str, *, user: str = "pi", timeout_s: float = COMMAND_S, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command on the board; a timeout ends it with code 255, as ssh's own would."""
        words = [
            self.programs / "ssh",
            "-oBatchMode=yes",
            "-oConnectTimeout=15",
            "-p",
            str(self._port),
        ]
        try:
            done = subprocess.run(
                [*words, f"{user}@127.0.0.1", command],
                input=stdin, capture_output=True, timeout=timeout_s,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            return subprocess.CompletedProcess(error.cmd, 255, "", "timeout")
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")
        )

    def must(self, command: str, *, user: str = "pi", stdin: bytes = b"") -> str:
        """Run a command that has to succeed and return what it printed."""
        done = self.run(command, user=user, stdin=stdin)
        if done.returncode:
            raise AssertionError(f"{command} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def _write_programs(self) -> None:
        """Write scripts that call the real programs with this configuration."""
        self.programs.mkdir()
        own = unpacked("openssh-client") if shutil.which("ssh") is None else None
        for name in ("ssh", "scp", "sftp"):
            path = shutil.which(name) if own is None else own / "usr/bin" / name
            library = "" if own is None else environment(own)["LD_LIBRARY_PATH"]
            start = f'LD_LIBRARY_PATH="{library}" ' if library else ""
            script = f'#!/bin/sh\n{start}exec "{path}" -F "{self._config}" "$@"\n'
            program = self.programs / name
            program.write_text(script, encoding="utf-8")
            program.chmod(0o755)
