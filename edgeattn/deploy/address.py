"""DEVICE as typed -> an address: `local`, `ssh://user@host:port`, `adb://SERIAL`.

    >>> parse_address("ssh://pi@raspberrypi:2222")
    Address(kind='ssh', host='raspberrypi', user='pi', port=2222)
    >>> str(parse_address("adb://emulator-5554"))
    'adb://emulator-5554'

Nothing here may be read as an option by ssh or adb: every part starts with a letter or a digit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgeattn_runtime.errors import BadUsage

FORMS = "local, ssh://user@host[:port] or adb://SERIAL"

_USER = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_HOST = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_IPV6 = r"\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]"
_SSH = re.compile(rf"ssh://(?:({_USER})@)?({_HOST}|{_IPV6})(?::(\d{{1,5}}))?/?")
_SERIAL = re.compile(r"adb://([A-Za-z0-9][A-Za-z0-9._:-]*)/?")


@dataclass(frozen=True)
class Address:
    """Where a device is.

    Attributes:
        kind: "local", "ssh" or "adb".
        host: Host name, alias of the ssh configuration, IP address, or the adb serial number.
        user: For ssh; None leaves it to the user's ssh configuration.
        port: For ssh; None leaves it to the user's ssh configuration.
    """

    kind: str
    host: str = ""
    user: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        """Return the address as it would be typed."""
        if self.kind == "local":
            return "local"
        host = f"[{self.host}]" if ":" in self.host and self.kind == "ssh" else self.host
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.kind}://{user}{host}{port}"


def parse_address(text: str) -> Address:
    """Return the address that `text` names.

    Raises:
        BadUsage: It names none; the message shows the three forms, or what is wrong in it.
    """
    if text == "local":
        return Address("local")
    if match := _SERIAL.fullmatch(text):
        return Address("adb", match[1])
    if match := _SSH.fullmatch(text):
        port = int(match[3]) if match[3] else None
        if port is not None and not 0 < port < 65536:
            raise BadUsage(f"{text!r} names port {port}; ports go from 1 to 65535")
        return Address("ssh", match[2].strip("[]"), match[1], port)
    raise BadUsage(_fault(text))


def _fault(text: str) -> str:
    if re.match(r"ssh://[^/@]*:[^/@]*@", text):
        return (
            "a device's address takes no password; log in with a key "
            "(`ssh-copy-id user@host` puts yours onto the board)"
        )
    if re.match(r"ssh://[^/]+/.", text):
        return f"{text!r} has a path behind the host; --dir PATH says where on the board"
    if "://" not in text and "@" in text:
        return f"{text!r} is no device; did you mean ssh://{text}?"
    if text.startswith("adb:"):
        return f"{text!r} names no device; write adb://SERIAL (`adb devices` lists them)"
    return f"{text!r} is no device; write {FORMS}"
