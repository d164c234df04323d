"""One model file of a bundle, as the manifest lists it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeattn_runtime.fields import take, take_list
from edgeattn_runtime.session import ENGINES, FORMATS

LARGEST_MODEL_BYTES = 4 << 30


@dataclass(frozen=True)
class PrecisionAudit:
    """What really runs in int8, counted on the graph as the engine placed it; shares are 0 to 1."""

    int8_weight_share: float
    int8_mac_share: float

    def __post_init__(self) -> None:
        """Refuse shares outside 0 to 1."""
        for name, share in vars(self).items():
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}; a share lies between 0 and 1")


@dataclass(frozen=True)
class ModelFile:
    """One model file of a bundle.

    Attributes:
        name: File name inside the bundle, without folders: "model_int8.onnx".
        format: "onnx" or "tflite".
        engine: The engine it was proven on, a name from `session.ENGINES`.
        precision: "fp32", "int8", ...
        bytes: File size.
        sha256: Of the file, 64 hexadecimal digits.
        precision_audit: What really runs in int8; None when nobody counted.
        recommended_for: Target names it was chosen for.
        target: The engine it is made for, where that is not `engine`, which proved its numbers;
            its speed there is unmeasured.
    """

    name: str
    format: str
    engine: str
    precision: str
    bytes: int
    sha256: str
    precision_audit: PrecisionAudit | None = None
    recommended_for: tuple[str, ...] = ()
    target: str | None = None

    def __post_init__(self) -> None:
        """Refuse names that leave the folder, and sizes and digests that cannot be."""
        check_file_name(self.name)
        if self.format not in FORMATS or not self.name.endswith(f".{self.format}"):
            raise ValueError(f"{self.name} is said to be {self.format!r}; formats: onnx, tflite")
        if self.engine not in ENGINES:
            raise ValueError(
                f"{self.name} names the engine {self.engine!r}; known are {', '.join(ENGINES)}"
            )
        if not 0 < self.bytes <= LARGEST_MODEL_BYTES:
            raise ValueError(
                f"{self.name} is said to have {self.bytes} bytes; 1 to {LARGEST_MODEL_BYTES} can be"
            )
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError(f"{self.name} has the sha256 {self.sha256!r}, not 64 hex digits")

    def to_json(self) -> dict[str, Any]:
        """Return the entry of manifest.json."""
        return {
            **vars(self),
            "precision_audit": None if self.precision_audit is None else vars(self.precision_audit),
            "recommended_for": list(self.recommended_for),
        }

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> ModelFile:
        """Return what `to_json` wrote."""
        audit = None
        if read.get("precision_audit") is not None:
            shares = take(read, "precision_audit", dict)
            audit = PrecisionAudit(
                float(shares["int8_weight_share"]), float(shares["int8_mac_share"])
            )
        return cls(
            name=take(read, "name", str),
            format=take(read, "format", str),
            engine=take(read, "engine", str),
            precision=take(read, "precision", str),
            bytes=take(read, "bytes", int),
            sha256=take(read, "sha256", str),
            precision_audit=audit,
            recommended_for=take_list(read, "recommended_for", str),
            target=take(read, "target", str) if read.get("target") is not None else None,
        )


def check_file_name(name: str) -> None:
    """Refuse a file name that could point outside the bundle.

    >>> check_file_name("../model.onnx")
    Traceback (most recent call last):
    ...
    ValueError: '../model.onnx' is no plain file name; files lie directly in the bundle
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        raise ValueError(f"{name!r} is no plain file name; files lie directly in the bundle")
