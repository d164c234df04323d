"""A phone or a board behind adb: the user's own adb, one `adb shell` for each command.

With the shell protocol 2 (Android 7 and newer) input and output pass unchanged, stderr is apart and
the exit code is the command's own; older ones are refused. When the line drops, adb ends with 0 and
without a word, so every command says on stderr that it came to its end.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
import shutil
import subprocess

from edgeattn.deploy.address import Address
from edgeattn.deploy.connection import TIMEOUT_S, Bytes, Completed, Traffic, last_line
from edgeattn.deploy.pipe import TooLong, exchange
from edgeattn_runtime.errors import BadEnvironment

# (what adb says, what we say), the first that is found. Source: platform/packages/modules/adb,
# transport.cpp (acquire_one_transport), client/commandline.cpp, client/adb_client.cpp.
FAULTS = (
    (
        r"unauthorized|still authorizing|no permissions",
        "{serial} has not allowed this computer yet: unlock its screen and accept the USB "
        "debugging question, then run it again (`adb devices` must say `device`)",
    ),
    (
        r"device offline|device is offline",
        "{serial} is offline for adb: it may be restarting; plug it in again, or run "
        "`adb reconnect offline`",
    ),
    (
        r"device '.*' not found|no devices/emulators found|device not found",
        "adb sees no device {serial}; `adb devices` lists those it sees",
    ),
    (
        r"cannot connect to daemon|failed to start daemon|daemon not running",
        "the adb server on this computer does not start ({said}); `adb kill-server` and try again",
    ),
)
_START_S = 30.0
_END = b"\nedgeattn-end\n"
_SAYS_END = "; code=$?; printf '\\nedgeattn-end\\n' >&2; exit $code"


class AdbConnection:
    """Commands run on a device through adb.

    Args:
        address: Of kind "adb".
        program: The adb client.

    Raises:
        BadEnvironment: There is no adb client.
    """

    def __init__(self, address: Address, program: str = "adb") -> None:
        """Prepare the line; nothing is sent yet."""
        found = shutil.which(program)
        if found is None:
            raise BadEnvironment(
                f"there is no {program} on this computer; `apt install adb`, or the Android SDK's "
                "platform-tools, adds it"
            )
        self.name = address.host
        self.traffic = Traffic()
        self._words = [found, "-s", address.host]
        self._knows_features = False

    def run(
        self,
        command: str,
        *,
        stdin: Bytes = b"",
        timeout_s: float = TIMEOUT_S,
        hold: bool = False,
    ) -> Completed:
        """Run `command` on the device; see `Connection`."""
        self._require_exit_codes()
        self.traffic.round_trips += 1
        whole = f"sh -c {shlex.quote(command)}{_SAYS_END}"
        self.traffic.sent += len(whole.encode())
        try:
            done = exchange(
                [*self._words, "shell", "-T", whole],
                stdin=stdin,
                timeout_s=timeout_s,
                hold=hold,
                traffic=self.traffic,
            )
        except TooLong as fault:
            raise BadEnvironment(
                f"{self.name} gave no whole answer ({fault}); is it busy? run it again"
            ) from fault
        if done.stderr.endswith(_END):
            return dataclasses.replace(done, stderr=done.stderr[: -len(_END)])
        raise self._fault(done.stderr) or BadEnvironment(
            f"the line to {self.name} dropped ({done.complaint}); what is on the device is whole, "
            "run the same command again when it is back"
        )

    def close(self) -> None:
        """Nothing is held: the adb server keeps the line for everybody."""

    def _require_exit_codes(self) -> None:
        """Ask adb once whether the device is there and speaks the shell protocol 2."""
        if self._knows_features:
            return
        try:
            done = subprocess.run(
                [*self._words, "features"], capture_output=True, timeout=_START_S, check=False
            )
        except subprocess.TimeoutExpired as slow:
            raise BadEnvironment(
                f"adb does not answer for {self.name} within {_START_S:.0f} s; "
                "`adb kill-server` and try again"
            ) from slow
        if done.returncode:
            raise self._fault(done.stderr) or BadEnvironment(
                f"adb cannot reach {self.name}: {last_line(done.stderr)}"
            )
        if b"shell_v2" not in done.stdout:
            raise BadEnvironment(
                f"{self.name} is older than Android 7: its adb returns no exit codes; "
                "use a newer device, or ssh"
            )
        self._knows_features = True

    def _fault(self, said: bytes) -> BadEnvironment | None:
        """Return the error that adb itself reports; None when it is none of `FAULTS`."""
        text = said.decode("utf-8", errors="replace")
        for pattern, sentence in FAULTS:
            if re.search(pattern, text):
                return BadEnvironment(sentence.format(serial=self.name, said=last_line(said)))
        return None

    def __enter__(self) -> AdbConnection:
        """Return itself."""
        return self

    def __exit__(self, *fault: object) -> None:
        """Close."""
        self.close()
