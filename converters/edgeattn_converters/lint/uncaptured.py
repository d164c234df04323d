"""Models that torch.export cannot trace, or only with open shapes: the end before the start."""

from __future__ import annotations

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_runtime.errors import CannotConvert

UNCAPTURED = Rule(
    name="uncaptured",
    severity="error",
    finds="torch.export cannot trace the model, or only with open shapes.",
    why="a device gets one graph with static shapes: control flow that depends on numbers and open "
    "lengths (a dynamic batch or sequence) have no place in it.",
    remedy="torch.where(condition, a, b) instead of `if`; example inputs of one fixed length, "
    "padded, with a mask",
    evidence=("the model is loaded and captured, as `convert` would",),
)


def uncaptured(fault: CannotConvert, name: str) -> Finding:
    """Return the finding for a model that could not be captured.

    Args:
        fault: What the source or the capture raised: dynamic shapes, data-dependent control flow,
            operators nobody reads.
        name: The model's.
    """
    why, _, remedy = str(fault).partition("; ")
    return UNCAPTURED.finding(
        op="model",
        layer=name,
        why=why,
        remedy=remedy,
    )
