"""Read an operator's arguments with the type they have: an fx graph says only `Argument`."""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.program import Program, constant


def tensor(node: fx.Node, place: int) -> fx.Node:
    """Return the argument at `place`, which is the result of another node."""
    value = node.args[place]
    assert isinstance(value, fx.Node), f"{node} has {value!r} at {place}"
    return value


def number(node: fx.Node, place: int) -> float:
    """Return the argument at `place`, a plain number."""
    value = node.args[place]
    assert isinstance(value, int | float), f"{node} has {value!r} at {place}"
    return value


def numbers(node: fx.Node, place: int) -> list[int]:
    """Return the argument at `place`, a list of whole numbers such as strides."""
    value = node.args[place]
    assert isinstance(value, list | tuple), f"{node} has {value!r} at {place}"
    found = [each for each in value if isinstance(each, int)]
    assert len(found) == len(value), f"{node} has {value!r} at {place}"
    return found


def stored(program: Program, node: fx.Node, place: int) -> torch.Tensor:
    """Return the constant behind the argument at `place`."""
    return constant(program, tensor(node, place))
