"""Why one ONNX node cannot be read; the walk over the graph adds its name."""

from __future__ import annotations


class UnreadableNodeError(Exception):
    """A form of an operator that has no counterpart, or inputs that do not fit it."""
