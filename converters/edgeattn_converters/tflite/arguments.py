"""The arguments of a node by name, with the defaults that the graph leaves out."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import fx

from edgeattn_runtime.errors import CannotConvert


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


def refuse(node: fx.Node, why: str, remedy: str) -> NoReturn:
    """Raise CannotConvert for one form of an operator that TFLite knows in others."""
    layer = node.meta.get("layer") or "the top level"
    raise CannotConvert(f"{node.target} ({node.name}, in {layer}) {why}; {remedy}")
