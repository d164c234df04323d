"""A real sshd for tests: own host key, own user key, a high port, a scratch home."""

from __future__ import annotations

import contextlib
import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.boards.cache import unavailable
from tests.boards.packages import environment, unpacked

PRIVATE = (  # as root, sshd wants a user and a folder that a system without it has not
    "mount --bind {folder}/passwd /etc/passwd && mount -t tmpfs none /run && mkdir -p /run/sshd "
    "&& exec {sshd} -D -e -f {folder}/config"
)
START_S = 20.0


@dataclass(frozen=True)
class Sshd:
    """A server that runs.

    Attributes:
        folder: Its keys and configuration.
        port: On 127.0.0.1.
        process: The server.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def home(self) -> Path:
        """Return the home folder of a login."""
        return self.folder / "home"

    @property
    def device(self) -> str:
        """Return the address of the board behind it."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}"

    def options(self, known: str = "known_hosts", key: str = "key") -> str:
        """Return the options that make ssh use these keys and nothing of the user's own."""
        words = ["-F", "/dev/null", "-i", str(self.folder / key)]
        for option in (
            f"UserKnownHostsFile={self.folder / known}",
            "GlobalKnownHostsFile=/dev/null",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
        ):
            words += ["-o", option]
        return shlex.join(words)

    def sessions(self) -> list[int]:
        """Return the processes that serve a connection: the server's children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text(encoding="ascii").split()]


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Sshd]:
    """Run a server; skip the test where there is none to run."""
    if shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        unavailable("there is no OpenSSH client; `apt install openssh-client` adds it")
    packages = unpacked("openssh-server")
    server = packages / "usr/sbin/sshd"
    for name in ("host", "other_host", "key", "other_key"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(words, check=True)
    shutil.copy(folder / "key.pub", folder / "authorized_keys")
    (folder / "home").mkdir()
    programs = folder / "bin"
    programs.mkdir()
    python = programs / "python3"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for known, host in (("known_hosts", "host"), ("wrong_hosts", "other_host")):
        public = (folder / f"{host}.pub").read_text(encoding="utf-8")
        (folder / known).write_text(f"[127.0.0.1]:{port} {public}", encoding="utf-8")
    (folder / "no_hosts").touch()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nUsePAM no\nPidFile none\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
        f"SetEnv HOME={folder}/home PATH={programs}:/usr/bin:/bin ORT_DISABLE_TELEMETRY=1\n",
        encoding="utf-8",
    )
    words = [str(server), "-D", "-e", "-f", str(folder / "config")]
    if os.geteuid() == 0:
        users = Path("/etc/passwd").read_text(encoding="utf-8")
        (folder / "passwd").write_text(f"{users}sshd:x:103:65534::/run/sshd:/usr/sbin/nologin\n")
        script = PRIVATE.format(folder=folder, sshd=server)
        words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    log = folder / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(words, stderr=said, stdout=said, env=environment(packages))
    try:
        _wait_for(port, process, log)
        yield Sshd(folder, port, process)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as line:
            line.recv(4)
            return
        if process.poll() is not None or time.monotonic() > deadline:
            unavailable(f"sshd does not start here: {log.read_text(encoding='utf-8')[-300:]}")
        time.sleep(0.05)
