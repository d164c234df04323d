"""A model file that stands for election, before anything about it was measured."""

from __future__ import annotations

from dataclasses import dataclass

from edgeattn_converters.placement import Decision
from edgeattn_converters.program import Program
from edgeattn_runtime.model_file import PrecisionAudit


@dataclass(frozen=True)
class Draft:
    """One candidate file.

    Attributes:
        key: Unique among the candidates: "onnx int8".
        format: "onnx" or "tflite".
        precision: "fp32" or "int8".
        recipe: How it was quantised; None for a float file.
        content: The file's bytes.
        simulation: The Program that the file was lowered from: what it must answer.
        exact: The same Program before quantisation.
        decisions: What runs in int8 and why; empty for a float file.
        audit: Its shares of int8.
        stock: The plain export, without our rewrites: for comparison only, never shipped.
        target: The engine it is made for, where this package does not run that engine; None for
            what runs here.
    """

    key: str
    format: str
    precision: str
    recipe: str | None
    content: bytes
    simulation: Program
    exact: Program
    decisions: tuple[Decision, ...] = ()
    audit: PrecisionAudit | None = None
    stock: bool = False
    target: str | None = None

    @property
    def file(self) -> str:
        """The name it would have in a bundle."""
        words = (f"model_{self.precision}", self.target, self.format)
        return ".".join(word for word in words if word)
