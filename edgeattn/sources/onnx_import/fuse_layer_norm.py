"""Put a layer norm back together.

    d = x - mean(x);  d / sqrt(mean(d * d) + eps) * weight + bias
    ->  layer_norm(x, shape, weight, bias, eps)

Exporters before opset 17 write it like this; d * d is also written d ** 2, and a division by a
root also as a product with its reciprocal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program
from torch import fx

from edgeattn.sources.onnx_import.recorder import shape


@dataclass(frozen=True)
class _Norm:
    """A normalisation that was found: of what, over how many last axes."""

    x: fx.Node
    axes: int
    epsilon: float


def fuse_layer_norm(module: fx.GraphModule) -> None:
    """Rewrite the graph where the nodes of a layer norm stand; others stay as they were."""
    graph = module.graph
    for node in list(graph.nodes):
        found = _normalised(node)
        if found is None:
            continue
        lengths = list(shape(found.x)[-found.axes :])
        last, weight = _with_constant(node, torch.mul, lengths)
        last, bias = _with_constant(last, torch.add, lengths) if weight else (last, None)
        with graph.inserting_before(last):
            fused = graph.call_function(
                F.layer_norm, (found.x, lengths, weight, bias, found.epsilon)
            )
        fused.meta = dict(last.meta)
        last.replace_all_uses_with(fused)
        graph.eliminate_dead_code()


def _normalised(node: Any) -> _Norm | None:
    """Match (x - mean(x)) / sqrt(mean((x - mean(x)) ** 2) + eps)."""
    sides = _quotient(node)
    if sides is None:
        return None
    centred, root = sides
    if not _is(root, torch.sqrt):
        return None
    added = root.args[0]
    if not _is(added, torch.add) or not isinstance(added.args[1], float):
        return None
    variance = added.args[0]
    if not _is(variance, torch.mean) or not _is(centred, torch.sub):
        return None
    x, mean = centred.args
    squared = _squared(variance.args[0])
    if not _is(mean, torch.mean) or not _same(squared, centred):
        return None
    axes = _last_axes(mean)
    if mean.args[0] is not x or axes is None or axes != _last_axes(variance):
        return None
    return _Norm(x, axes, added.args[1])


def _quotient(node: Any) -> tuple[Any, Any] | None:
    """Return a and b of a / b, also when written a * (1 / b)."""
    if node.target not in (torch.div, torch.mul):
        return None
    left, right = node.args[:2]
    if not isinstance(left, fx.Node) or not isinstance(right, fx.Node):
        return None
    if node.target is torch.div:
        return left, right
    for one, other in ((left, right), (right, left)):
        if other.target is torch.reciprocal:
            return one, other.args[0]
    return None


def _squared(node: Any) -> Any:
    """Return d when `node` is d * d or d ** 2."""
    if _is(node, torch.pow) and node.args[1] == 2:
        return node.args[0]
    if _is(node, torch.mul) and node.args[0] is node.args[1]:
        return node.args[0]
    return None


def _same(one: Any, other: Any) -> bool:
    """Whether both compute the same difference; some exporters write it twice."""
    if one is None or one is other:
        return one is other
    if not _is(one, torch.sub) or one.args[0] is not other.args[0]:
        return False
    mine, theirs = one.args[1], other.args[1]
    return _is(mine, torch.mean) and _is(theirs, torch.mean) and mine.args == theirs.args


def _last_axes(mean: Any) -> int | None:
    """Return how many axes a mean runs over, when they are the last ones and are kept."""
    x, axes, kept = mean.args
    rank = len(shape(x))
    places = sorted(axis % rank for axis in axes)
    return len(places) if kept and places == list(range(rank - len(places), rank)) else None


def _with_constant(
    node: fx.Node, function: object, lengths: list[int]
) -> tuple[fx.Node, fx.Node | None]:
    """Return the only user of `node`, when it applies `function` with a weight, and the weight."""
    user = next(iter(node.users)) if len(node.users) == 1 else None
    if user is None or user.target is not function:
        return node, None
    sides: Any = user.args
    for value, weight in (sides[:2], sides[1::-1]):
        constant = isinstance(weight, fx.Node) and weight.op == "get_attr"
        if value is node and constant and list(shape(weight)) == lengths:
            return user, weight
    return node, None


def _is(node: Any, function: object) -> bool:
    return isinstance(node, fx.Node) and node.target is function
