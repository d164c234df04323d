"""Receive files over stdin, keep what came when the line drops, and make a release of them.

    stdin, one zlib stream:  length of the header (4 bytes, big end first), header, contents

    header  {"name", "release", "files": {name: sha256}, "send": [{"sha256", "bytes", "offset"}],
             "engine": {"key", "wheels": [{"name", "sha256"}]} or null, "python", "deployed"}

A content lies in `incoming/SHA256.part` until all of it is there and its checksum is right.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import struct
import zlib
from typing import Any

from edgeattn.deploy.on_board.engine import unpack
from edgeattn.deploy.on_board.folder import Refusal, answer, claim, keep, locked, sha256_of
from edgeattn.deploy.on_board.release import PART, make, plain

IDLE_S = 25.0  # a line silent for so long is dead; ssh here finds out after 30 s, and comes back
LARGEST_HEADER = 16 << 20
PIECE = 1 << 16


class Stream:
    """Bytes of a zlib stream on a file descriptor, as many as are asked for."""

    def __init__(self, source: int, idle_s: float = IDLE_S) -> None:
        """Read from `source`; give up after `idle_s` seconds of silence."""
        self._source = source
        self._idle_s = idle_s
        self._inflate = zlib.decompressobj()

    def some(self, most: int) -> bytes:
        """Return 1 to `most` bytes; raise `Refusal` where the line ends or falls silent."""
        while True:
            raw = self._inflate.unconsumed_tail
            if not raw and not self._inflate.eof:
                if not select.select([self._source], [], [], self._idle_s)[0]:
                    raise Refusal("cut", f"nothing came for {self._idle_s:.0f} s")
                raw = os.read(self._source, PIECE)
            if not raw:
                raise Refusal("cut", "the line ended")
            try:
                content = self._inflate.decompress(raw, most)
            except zlib.error as error:
                raise Refusal("garbled", str(error)) from error
            if content:
                return content

    def exactly(self, count: int) -> bytes:
        """Return `count` bytes."""
        parts = b""
        while len(parts) < count:
            parts += self.some(count - len(parts))
        return parts


def receive(folder: str, stream: Stream) -> dict[str, Any]:
    """Take a deploy from the stream and return what was done."""
    (length,) = struct.unpack(">I", stream.exactly(4))
    if length > LARGEST_HEADER:
        raise Refusal("garbled", f"a header of {length} bytes")
    header = json.loads(stream.exactly(length))
    claim(folder)
    with locked(folder):
        incoming = os.path.join(folder, "incoming")
        received = 0
        try:
            os.makedirs(incoming, exist_ok=True)
            for content in header["send"]:
                received += _take(incoming, content, stream)
            keep(incoming)
            if header["engine"] is not None:
                unpack(folder, header["engine"])
            place = make(folder, header)
        except OSError:  # a full disk is given its room back; what a dropped line left stays
            for left in (incoming, os.path.join(folder, "releases", PART)):
                shutil.rmtree(left, ignore_errors=True)
            raise
    return {"release": place, "received": received}


def _take(incoming: str, content: dict[str, Any], stream: Stream) -> int:
    """Write one content from its offset on; return how many bytes came."""
    digest, size, offset = content["sha256"], content["bytes"], content["offset"]
    whole = os.path.join(incoming, plain(digest))
    part = whole + ".part"
    with open(part, "ab") as file:
        if file.tell() < offset:
            raise Refusal("damaged", f"{part} became shorter meanwhile")
        file.truncate(offset)
        file.seek(offset)
        came = 0
        while offset + came < size:
            piece = stream.some(min(PIECE, size - offset - came))
            file.write(piece)
            came += len(piece)
        file.flush()
        os.fsync(file.fileno())
    if sha256_of(part) != digest:
        os.unlink(part)
        raise Refusal("damaged", digest)
    os.replace(part, whole)
    return came


def main(words: list[str]) -> int:
    """Receive into the folder named; answer with one JSON line."""
    return answer(lambda: receive(words[0], Stream(0)))
