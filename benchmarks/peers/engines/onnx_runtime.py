"""ONNX Runtime on one thread, through EdgeAttn's session."""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.source import Array
from edgeattn_runtime.session import open_session


class OnnxFile:
    """One ONNX file."""

    def __init__(self, path: Path) -> None:
        """Open it."""
        self.session = open_session(path, threads=1)
        self.provider = self.session.provider_actual
        self.invoke = self.session.invoke

    def fed(self, sample: dict[str, Array]) -> dict[str, Array]:
        """Return the sample under the file's names and types; names first, then places."""
        ports = self.session.inputs
        named = {port.name for port in ports} == set(sample)
        values = [sample[port.name] for port in ports] if named else list(sample.values())
        return {
            port.name: value.astype(port.dtype, copy=False)
            for port, value in zip(ports, values, strict=True)
        }

    def answer(self, sample: dict[str, Array]) -> Array:
        """Return the first output."""
        return next(iter(self.session.run(self.fed(sample)).values()))

    def bind(self, sample: dict[str, Array]) -> None:
        """Bind the sample."""
        self.session.bind(self.fed(sample))


def open_file(path: Path, sample: dict[str, Array]) -> OnnxFile:
    """Open an .onnx file."""
    return OnnxFile(path)
