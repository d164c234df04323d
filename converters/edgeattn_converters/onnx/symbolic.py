"""Write an ONNX operator into a Program by name, for torch.onnx to pass through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import fx

from edgeattn_converters.program import Program, add_constant
from edgeattn_converters.program import shape as shape_of

MICROSOFT = "com.microsoft"
OPSET = 20  # the first with GELU as one operator


def onnx_node(
    program: Program,
    operator: str,
    inputs: Sequence[fx.Node | None],
    *,
    like: fx.Node,
    dtype: torch.dtype,
    attributes: dict[str, object],
    shape: tuple[int, ...] | None = None,
    version: int = 1,
) -> fx.Node:
    """Insert `operator` ("domain::Name", or "Name") at the graph's insertion point.

    Its result has the shape of `like` unless another is given; torch.onnx emits it as it stands.
    """
    arguments: tuple[Any, ...] = (operator, tuple(inputs), attributes)
    node = program.graph.call_function(
        torch.onnx.ops.symbolic,
        arguments,
        {"dtype": dtype, "shape": shape or shape_of(like), "version": version},
    )
    node.meta["layer"] = like.meta.get("layer", "")
    return node


def scalar(program: Program, value: float | int, dtype: torch.dtype) -> fx.Node:
    """Return a 0-d constant."""
    return add_constant(program, "scalar", torch.tensor(value, dtype=dtype))
