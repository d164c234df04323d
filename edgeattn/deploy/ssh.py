"""A board behind ssh: the user's own OpenSSH client, one connection for all commands.

Configuration, agent, jump hosts and known hosts are the user's. Host keys are checked as they say,
and nobody is asked anything (BatchMode): an unknown key is a refusal. The first `run` opens a
master connection; the others share it through a socket in a folder that only this user can enter.
EDGEATTN_SSH_OPTIONS adds options: `-i key -o UserKnownHostsFile=FILE`.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from edgeattn.deploy.address import Address
from edgeattn.deploy.connection import TIMEOUT_S, Bytes, Completed, Traffic
from edgeattn.deploy.pipe import TooLong, exchange
from edgeattn.deploy.ssh_faults import dropped, refused
from edgeattn_runtime.errors import BadEnvironment

CONNECT_TIMEOUT_S = 15
LONGEST_TEMPORARY_PATH = 60  # a socket's path ends at 104 characters, and ssh adds 17 for a while
FAILED = 255  # ssh's own exit code; commands of ours never end with it

OPTIONS = (
    "-T",
    *("-o", "BatchMode=yes"),
    *("-o", f"ConnectTimeout={CONNECT_TIMEOUT_S}"),
    *("-o", "ServerAliveInterval=10"),
    *("-o", "ServerAliveCountMax=3"),
    *("-o", "ClearAllForwardings=yes"),
    *("-o", "RemoteCommand=none"),
    *("-o", "LogLevel=ERROR"),
)


class SshConnection:
    """Commands run on a board through ssh.

    Args:
        address: Of kind "ssh".
        program: The ssh client.

    Raises:
        BadEnvironment: There is no ssh client, or EDGEATTN_SSH_OPTIONS cannot be read.
    """

    def __init__(self, address: Address, program: str = "ssh") -> None:
        """Prepare the line; nothing is sent yet."""
        if shutil.which(program) is None:
            raise BadEnvironment(
                f"there is no {program} on this computer; `apt install openssh-client` adds it"
            )
        user = f"{address.user}@" if address.user else ""
        self.name = f"{user}{address.host}"
        self.traffic = Traffic()
        self._address = address
        self._program = program
        self._more = _options(os.environ.get("EDGEATTN_SSH_OPTIONS", ""))
        if address.port is not None:
            self._more += ["-p", str(address.port)]
        self._folder: Path | None = None
        self._master: subprocess.Popen[bytes] | None = None

    def run(
        self,
        command: str,
        *,
        stdin: Bytes = b"",
        timeout_s: float = TIMEOUT_S,
        hold: bool = False,
    ) -> Completed:
        """Run `command` on the board; see `Connection`."""
        self._connect()
        # The login shell may be any; a POSIX one reads the command.
        remote = f"exec sh -c {shlex.quote(command)}"
        self.traffic.round_trips += 1
        self.traffic.sent += len(remote.encode())
        try:
            done = exchange(
                [*self._words(master=False), "--", self.name, remote],
                stdin=stdin,
                timeout_s=timeout_s,
                hold=hold,
                traffic=self.traffic,
            )
        except TooLong as fault:
            raise BadEnvironment(
                f"{self.name} gave no whole answer ({fault}); is it busy? run it again"
            ) from fault
        if done.code == FAILED:
            raise dropped(self.name, done.stderr)
        return done

    def close(self) -> None:
        """End the shared connection."""
        if self._master is not None:
            self._master.terminate()
            try:
                self._master.wait(5)
            except subprocess.TimeoutExpired:
                self._master.kill()
                self._master.wait()
            self._master = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _connect(self) -> None:
        """Open the shared connection and wait until it stands."""
        if self._folder is not None or os.name == "nt":  # Windows' ssh cannot share
            return
        self._folder = _private_folder()
        socket, said = self._folder / "s", self._folder / "said"
        with said.open("wb") as complaints:
            self._master = subprocess.Popen(
                [*self._words(master=True), "-N", "--", self.name],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                start_new_session=True,  # the terminal's Ctrl-C is ours to pass on
            )
        deadline = time.monotonic() + 2 * CONNECT_TIMEOUT_S  # a jump host takes its own time
        while not socket.exists():
            if self._master.poll() is not None:
                complaint = said.read_bytes()
                self.close()
                raise refused(self._address, complaint)
            if time.monotonic() > deadline:
                self.close()
                raise refused(self._address, b"Connection timed out")
            time.sleep(0.01)

    def _words(self, *, master: bool) -> list[str]:
        """Return the client with its options; of an option given twice, ssh takes the first."""
        words = [self._program, *OPTIONS]
        if self._folder is not None:
            for option in (
                f"ControlMaster={'yes' if master else 'no'}",
                f"ControlPath={self._folder / 's'}",
                "ControlPersist=no",  # the master is a child of ours and goes when we do
            ):
                words += ["-o", option]
        return [*words, *self._more]

    def __enter__(self) -> SshConnection:
        """Return itself."""
        return self

    def __exit__(self, *fault: object) -> None:
        """Close."""
        self.close()


def _options(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise BadEnvironment(
            f"EDGEATTN_SSH_OPTIONS is not written as a shell would read it ({error}): {text}"
        ) from error


def _private_folder() -> Path:
    """Return a new folder of mode 0700 whose path is short enough for a socket."""
    usual = tempfile.gettempdir()
    place = usual if len(usual) <= LONGEST_TEMPORARY_PATH else "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="edgeattn-", dir=place))
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
    return folder
