"""The arguments of a node by name, with the defaults that the graph leaves out."""

from __future__ import annotations

from typing import Any

import torch
from torch import fx


def arguments(node: fx.Node) -> dict[str, Any]:
    """Return every argument of a `call_function` node by its name in the operator's schema."""
    target = node.target
    if not isinstance(target, torch._ops.OpOverload):  # operator.getitem
        return dict(zip(("self", "index"), node.args, strict=True))
    schema = target._schema.arguments
    bound = {argument.name: argument.default_value for argument in schema}
    bound.update({argument.name: given for argument, given in zip(schema, node.args, strict=False)})
    bound.update(node.kwargs)
    return bound


def source(node: fx.Node) -> fx.Node:
    """Return the first operand of a node that has one."""
    first = node.args[0]
    assert isinstance(first, fx.Node), node
    return first


def run(node: fx.Node, first: torch.Tensor) -> Any:
    """Return what a node's operator gives on another first operand."""
    assert callable(node.target), node
    return node.target(first, *node.args[1:], **node.kwargs)
