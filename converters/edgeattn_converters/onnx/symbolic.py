"""Write an ONNX operator into a Program by name, for torch.onnx to pass through."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import fx

from edgeattn_converters.program import Program, add_constant

MICROSOFT = "com.microsoft"


def onnx_node(
    program: Program,
    operator: str,
    inputs: Sequence[fx.Node | None],
    *,
    like: fx.Node,
    dtype: torch.dtype,
    attributes: dict[str, object],
) -> fx.Node:
    """Insert `operator` ("domain::Name") at the graph's insertion point.

    Its result has the shape of `like`; torch.onnx emits it as it stands.
    """
    shape = tuple(like.meta["val"].shape)
    node = program.graph.call_function(
        torch.onnx.ops.symbolic,
        (operator, tuple(inputs), attributes),
        {"dtype": dtype, "shape": shape, "version": 1},
    )
    node.meta["layer"] = like.meta.get("layer", "")
    return node


def scalar(program: Program, value: float | int, dtype: torch.dtype) -> fx.Node:
    """Return a 0-d constant."""
    return add_constant(program, "scalar", torch.tensor(value, dtype=dtype))
