"""A port: one named input or output of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgeattn_runtime.fields import take, take_list

DTYPES = (
    *("float16", "float32", "float64", "bool"),
    *("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
)


@dataclass(frozen=True)
class Port:
    """What goes in or comes out.

    Attributes:
        name: The tensor's name in every format of the bundle.
        shape: Static, batch first; -1 for a length that an engine learns only when it runs.
        dtype: NumPy's name: "float32", "int32", "int64", "bool".
        layout: What the axes mean, for a reader: "NCHW", "NTC", or "" when nobody said. It takes
            no part in comparisons, because a model file does not carry it.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    layout: str = field(default="", compare=False)

    def __str__(self) -> str:
        """Return the port as people write it.

        >>> str(Port("image", (1, 3, 64, 64), "float32"))
        'image float32 [1, 3, 64, 64]'
        """
        return f"{self.name} {self.dtype} {list(self.shape)}"

    def to_json(self) -> dict[str, Any]:
        """Return the port as manifest.json holds it."""
        return {**vars(self), "shape": list(self.shape)}

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Port:
        """Return what `to_json` wrote."""
        return cls(
            name=take(read, "name", str),
            shape=take_list(read, "shape", int),
            dtype=take(read, "dtype", str),
            layout=str(read.get("layout") or ""),
        )
