"""What is shipped: the bundle's files for one engine, the runtime, and wheels; each by checksum.

manifest.json  golden.npz  eval.npz  the model files of the chosen engine  edgeattn.pyz
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from edgeattn.deploy.choice import EngineChoice
from edgeattn.deploy.wheel_cache import Wheel
from edgeattn_runtime.bundle import Bundle, sha256_of
from edgeattn_runtime.errors import BrokenBundle
from edgeattn_runtime.zipapp_build import build_zipapp

RUNTIME = "edgeattn.pyz"
DATA = "data.npz"
BESIDE = ("manifest.json", "golden.npz", "eval.npz")  # the last where the bundle has it
_PIECE = 1 << 20


@dataclass(frozen=True)
class Content:
    """Bytes to be on the board.

    Attributes:
        source: A file here, or the bytes.
        sha256: Of the bytes.
        size: How many bytes.
    """

    source: Path | bytes
    sha256: str
    size: int

    @classmethod
    def of(cls, source: Path | bytes) -> Content:
        """Return a file's or a string's content."""
        if isinstance(source, bytes):
            return cls(source, hashlib.sha256(source).hexdigest(), len(source))
        return cls(source, sha256_of(source), source.stat().st_size)

    def read(self, offset: int = 0) -> Iterator[bytes]:
        """Yield the bytes from an offset on."""
        if isinstance(self.source, bytes):
            yield self.source[offset:]
            return
        with self.source.open("rb") as file:
            file.seek(offset)
            yield from iter(lambda: file.read(_PIECE), b"")


@dataclass(frozen=True, kw_only=True)
class Payload:
    """What one deploy puts onto a board.

    Attributes:
        name: The bundle's, as a folder name.
        files: Of the release, by name.
        wheels: Of the engine, by file name; none where the board has an engine.
        unpacked_bytes: What the wheels take on the board.
        choice: The engine and the interpreter.
    """

    name: str
    files: Mapping[str, Content]
    wheels: Mapping[str, Content]
    unpacked_bytes: int
    choice: EngineChoice

    @property
    def engine_key(self) -> str | None:
        """Return the name of the engine's folder: what is in it, and for which Python."""
        if not self.wheels:
            return None
        python = "".join(map(str, self.choice.python.version[:2]))
        digest = _digest(sorted(content.sha256 for content in self.wheels.values()))
        return f"{self.choice.engine}-{self.choice.version}-cp{python}-{digest}"

    @property
    def release_id(self) -> str:
        """Return twelve hex digits that change with anything of the release."""
        return _digest(
            [
                {name: content.sha256 for name, content in sorted(self.files.items())},
                self.engine_key,
                self.choice.run_as,
                self.choice.python.path,
            ]
        )


def payload_of(
    bundle: Bundle,
    choice: EngineChoice,
    wheels: Mapping[str, Wheel] | None = None,
    data: bytes | None = None,
) -> Payload:
    """Return what is to be on the board for a bundle.

    Args:
        bundle: The bundle, opened.
        choice: The engine, whose files alone are sent.
        wheels: By file name; none where the board has the engine.
        data: An `.npz` of samples to check with, beside the bundle's own.

    Raises:
        BrokenBundle: A file of the bundle is missing or altered.
    """
    if not (bundle.path / "golden.npz").is_file():  # nothing there could be checked
        raise BrokenBundle(
            f"golden.npz is missing from {bundle.path}; nothing was sent, copy the bundle again"
        )
    files = {}
    for file in choice.files:
        content = Content.of(bundle.file_path(file))
        if content.sha256 != file.sha256:
            raise BrokenBundle(
                f"{file.name} has sha256 {content.sha256[:12]}..., the manifest says "
                f"{file.sha256[:12]}...; nothing was sent, convert the model again"
            )
        files[file.name] = content
    for name in BESIDE:
        path = bundle.path / name
        if path.is_file():
            files[name] = Content.of(path)
    if data is not None:
        files[DATA] = Content.of(data)
    files[RUNTIME] = Content.of(_runtime())
    found = wheels or {}
    return Payload(
        name=folder_name(bundle.manifest.name),
        files=files,
        wheels={n: Content(w.path, w.sha256, w.bytes) for n, w in found.items()},
        unpacked_bytes=sum(wheel.unpacked_bytes for wheel in found.values()),
        choice=choice,
    )


def folder_name(name: str) -> str:
    """Return a bundle's name as the name of a folder on the board.

    >>> folder_name("../My model (v2)")
    'My-model-v2'
    """
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:60] or "bundle"


def _runtime() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return build_zipapp(Path(folder) / RUNTIME).read_bytes()


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]
