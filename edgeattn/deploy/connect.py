"""DEVICE as typed -> an open line to it."""

from __future__ import annotations

from edgeattn.deploy.address import Address, parse_address
from edgeattn.deploy.connection import Connection


def connect(device: str | Address) -> Connection:
    """Return a connection to `device`; nothing is sent before its first command.

    Raises:
        BadUsage: It is no device.
        BadEnvironment: The client it needs, ssh or adb, is not installed.
    """
    address = parse_address(device) if isinstance(device, str) else device
    if address.kind == "ssh":
        from edgeattn.deploy.ssh import SshConnection

        return SshConnection(address)
    if address.kind == "adb":
        from edgeattn.deploy.adb import AdbConnection

        return AdbConnection(address)
    from edgeattn.deploy.local import LocalConnection

    return LocalConnection()
