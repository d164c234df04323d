"""One ONNX node as the operator files see it: values in, attributes with defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from edgeattn.sources.onnx_import.recorder import Value, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


@dataclass(frozen=True)
class Operation:
    """A node whose inputs are known.

    Attributes:
        kind: The ONNX operator, for example "Conv".
        opset: Version of the operator's domain.
        inputs: A constant, a node of the graph, or None where an optional input is left out.
        attributes: By name; texts are decoded, tensors are constants.
        outputs: How many outputs somebody may read.
    """

    kind: str
    opset: int
    inputs: tuple[Value | None, ...]
    attributes: Mapping[str, Any]
    outputs: int

    def has(self, index: int) -> bool:
        """Whether the optional input is there."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def input(self, index: int) -> Value:
        """Return an input that must be there."""
        value = self.inputs[index] if index < len(self.inputs) else None
        if value is None:
            raise UnreadableNodeError(f"its input {index} is missing")
        return value

    def optional(self, index: int) -> Value | None:
        """Return an input, or None when it is left out."""
        return self.inputs[index] if self.has(index) else None

    def constant(self, index: int) -> torch.Tensor:
        """Return an input that must not depend on what the user feeds."""
        value = self.input(index)
        if not isinstance(value, torch.Tensor):
            raise UnreadableNodeError(
                f"its input {index} is computed from the model's input, but it decides a shape; "
                "export the model with static shapes"
            )
        return value

    def whole(self, index: int) -> list[int]:
        """Return a constant input as a list of whole numbers."""
        return [int(number) for number in self.constant(index).reshape(-1).tolist()]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or its default."""
        return self.attributes.get(name, default)

    def axes(self) -> list[int] | None:
        """Return `axes`, an attribute in old opsets and input 1 in new ones."""
        if self.has(1):
            return self.whole(1)
        axes = self.get("axes")
        return None if axes is None else list(axes)

    def axis(self, default: int, index: int = 0) -> int:
        """Return the attribute `axis`, counted from the front, for input `index`."""
        rank = len(shape(self.input(index)))
        axis = int(self.get("axis", default))
        if not -rank <= axis < max(rank, 1):
            raise UnreadableNodeError(f"its axis {axis} does not exist in {rank} dimensions")
        return axis % max(rank, 1)
