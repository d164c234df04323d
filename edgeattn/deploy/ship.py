"""Send what a board lacks, in one round trip; what arrived before a dropped line is not sent again.

The stream is that of `on_board/receive.py`. The board checks every sha256 and flips to the new
release in one rename, so that it runs the last good one or the new one, never half of either.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edgeattn import __version__
from edgeattn.deploy.answer import answer_of
from edgeattn.deploy.board import BoardFacts
from edgeattn.deploy.connection import Connection
from edgeattn.deploy.payload import Content, Payload
from edgeattn.deploy.program import program
from edgeattn_runtime.errors import BadEnvironment

TIMEOUT_S = 3600.0  # of a whole transfer; the board gives up on a silent line after a minute
ROOM = 1 << 20  # for folders, the script and logs


@dataclass(frozen=True)
class Shipment:
    """What has to travel.

    Attributes:
        contents: With the offset from which each one is sent.
        needed: Whether anything on the board has to change at all.
    """

    contents: Sequence[tuple[Content, int]]
    needed: bool

    @property
    def bytes(self) -> int:
        """Return how many bytes of files are sent."""
        return sum(content.size - offset for content, offset in self.contents)


def shipment(payload: Payload, facts: BoardFacts) -> Shipment:
    """Return what a board lacks of a payload."""
    inventory = facts.inventory
    deployed = inventory.bundles.get(payload.name)
    has_engine = payload.engine_key is None or payload.engine_key in inventory.engines
    if (
        deployed is not None
        and deployed.whole
        and deployed.release_id == payload.release_id
        and has_engine
    ):
        return Shipment((), needed=False)
    there = {digest for one in inventory.bundles.values() for digest in one.found}
    wanted = [*payload.files.values(), *(() if has_engine else payload.wheels.values())]
    contents = {}
    for content in wanted:
        if content.sha256 in there or inventory.incoming.get(content.sha256) == content.size:
            continue
        came = inventory.incoming.get(f"{content.sha256}.part", 0)
        contents[content.sha256] = (content, came if came <= content.size else 0)
    return Shipment(tuple(contents.values()), needed=True)


def ship(connection: Connection, facts: BoardFacts, payload: Payload, load: Shipment) -> str:
    """Send a shipment and return the release's folder on the board.

    Raises:
        BadEnvironment: The folder is read-only, full, somebody else's or in use; the line dropped.
    """
    _require_room(connection.name, facts, payload, load)
    command, code = program(payload.choice.python.path, "receive", facts.folder)
    done = connection.run(command, stdin=_stream(code, payload, load), timeout_s=TIMEOUT_S)
    answer = answer_of(done, connection.name, facts.folder)
    release = answer.get("release")
    if not isinstance(release, str) or not release.startswith("/"):
        raise BadEnvironment(f"{connection.name} does not say where it put the bundle")
    return release


def header_of(payload: Payload, load: Shipment) -> dict[str, Any]:
    """Return what the board is told before the contents."""
    files = {name: content.sha256 for name, content in payload.files.items()}
    wheels = [{"name": n, "sha256": content.sha256} for n, content in payload.wheels.items()]
    key = payload.engine_key
    return {
        "name": payload.name,
        "release": payload.release_id,
        "files": files,
        "send": [
            {"sha256": content.sha256, "bytes": content.size, "offset": offset}
            for content, offset in load.contents
        ],
        "engine": None if key is None else {"key": key, "wheels": wheels},
        "python": payload.choice.python.path,
        "deployed": {
            "schema_version": 1,
            "release_id": payload.release_id,
            "files": files,
            "engine": payload.choice.engine,
            "run_as": payload.choice.run_as,
            "engine_version": payload.choice.version,
            "engine_key": key,
            "python": payload.choice.python.path,
            "edgeattn_version": __version__,
        },
    }


def _stream(code: bytes, payload: Payload, load: Shipment) -> Iterator[bytes]:
    """Yield the program, then one zlib stream: length, header, contents."""
    yield code
    header = json.dumps(header_of(payload, load)).encode()
    deflate = zlib.compressobj(1)  # 6 % off the gesture bundle; higher levels save 0.2 % more
    yield deflate.compress(struct.pack(">I", len(header)) + header)
    for content, offset in load.contents:
        for piece in content.read(offset):
            yield deflate.compress(piece)
    yield deflate.flush()


def _require_room(name: str, facts: BoardFacts, payload: Payload, load: Shipment) -> None:
    """Refuse before anything is sent what would end in the middle."""
    if not facts.writable:
        raise BadEnvironment(
            f"{name} does not let anything be written at {facts.folder}; --dir PATH names another "
            "folder there"
        )
    if not facts.inventory.ours and not facts.inventory.empty:
        raise BadEnvironment(
            f"{facts.folder} on {name} holds files that are not edgeattn's, and they stay as they "
            "are; --dir PATH names a folder that is empty or absent"
        )
    unpacked = payload.unpacked_bytes
    if payload.engine_key is None or payload.engine_key in facts.inventory.engines:
        unpacked = 0
    needed = load.bytes + unpacked + ROOM
    if facts.free_bytes is not None and facts.free_bytes < needed:
        raise BadEnvironment(
            f"{name} has {facts.free_bytes / 1e6:.1f} MB free at {facts.folder}, deploying needs "
            f"{needed / 1e6:.1f} MB; free some, or give --dir a folder on another disk"
        )
