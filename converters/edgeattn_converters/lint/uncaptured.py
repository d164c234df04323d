"""Models that torch.export cannot trace, or only with open shapes: the end before the start."""

from __future__ import annotations

from edgeattn_converters.lint.finding import Finding
from edgeattn_runtime.errors import CannotConvert


def uncaptured(fault: CannotConvert, name: str) -> Finding:
    """Return the finding for a model that could not be captured.

    Args:
        fault: What the source or the capture raised: dynamic shapes, data-dependent control flow,
            operators nobody reads.
        name: The model's.
    """
    why, _, remedy = str(fault).partition("; ")
    return Finding(
        rule="uncaptured",
        severity="error",
        op="model",
        layer=name,
        why=why,
        remedy=remedy or "make shapes and control flow static",
        evidence="the model was loaded and captured, as convert would",
    )
