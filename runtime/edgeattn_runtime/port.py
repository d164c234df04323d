"""A port: one named input or output of a model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Port:
    """What goes in or comes out.

    Attributes:
        name: The tensor's name in every format of the bundle.
        shape: Static, batch first.
        dtype: NumPy's name: "float32", "int32", "int64", "bool".
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
