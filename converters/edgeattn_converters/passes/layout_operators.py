"""Operators that only rename indices: the vocabulary of layout chains."""

from __future__ import annotations

import operator
from collections.abc import Callable

import torch
from torch import fx

A = torch.ops.aten

LAYOUT: frozenset[Callable[..., object]] = frozenset(
    {
        A.reshape.default, A.view.default, A._unsafe_view.default, A.flatten.using_ints,
        A.unflatten.int, A.unsqueeze.default, A.squeeze.default, A.squeeze.dim, A.squeeze.dims,
        A.permute.default, A.transpose.int, A.t.default, A.select.int, A.slice.Tensor,
        A.movedim.int, A.movedim.intlist, A.clone.default, A.contiguous.default, A.narrow.default,
        A.swapaxes.default, A.alias.default,
    }
)  # fmt: skip

PARTS: frozenset[Callable[..., object]] = frozenset(
    {A.unbind.int, A.split.Tensor, A.split_with_sizes.default, A.chunk.default, A.split.sizes}
)
"""Operators that return several views; `getitem` picks one."""


def is_layout(node: fx.Node) -> bool:
    """Tell whether a node is one view of its first argument."""
    if node.op != "call_function":
        return False
    if node.target is operator.getitem:
        return is_parts(node.args[0])
    return node.target in LAYOUT


def is_parts(node: object) -> bool:
    """Tell whether a node returns several views of its first argument."""
    return isinstance(node, fx.Node) and node.op == "call_function" and node.target in PARTS
