"""adb's messages: six little-endian numbers, then the payload.

Source: platform/packages/modules/adb, docs/dev/protocol.md.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

HEADER = struct.Struct("<4sIIIII")
VERSION = 0x01000001
LARGEST_PAYLOAD = 1 << 20
FLIPPED = 0xFFFFFFFF


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        command: CNXN, AUTH, OPEN, OKAY, WRTE or CLSE.
        first: The version, the kind of authentication, or the sender's number of the stream.
        second: The largest payload, or the receiver's number of the stream.
        payload: A banner, a service's name, a key, or a stream's bytes.
    """

    command: bytes
    first: int = 0
    second: int = 0
    payload: bytes = b""

    def packed(self) -> bytes:
        """Return the bytes on the line."""
        magic = int.from_bytes(self.command, "little") ^ FLIPPED
        check = sum(self.payload) & FLIPPED
        numbers = (self.first, self.second, len(self.payload), check, magic)
        return HEADER.pack(self.command, *numbers) + self.payload


def receive(line: socket.socket) -> Message | None:
    """Return the next message; None at the end of the line."""
    head = _exactly(line, HEADER.size)
    if head is None:
        return None
    command, first, second, length, _, _ = HEADER.unpack(head)
    payload = _exactly(line, length)
    return None if payload is None else Message(command, first, second, payload)


def _exactly(line: socket.socket, length: int) -> bytes | None:
    """Return `length` bytes; None when the line ends before."""
    found = bytearray()
    while len(found) < length:
        try:
            part = line.recv(min(length - len(found), LARGEST_PAYLOAD))
        except OSError:
            return None
        if not part:
            return None
        found += part
    return bytes(found)
