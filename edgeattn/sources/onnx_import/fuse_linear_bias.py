"""Put the bias back into a linear layer: add(linear(x, w), b) -> linear(x, w, b)."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program
from torch import fx

from edgeattn.sources.onnx_import.recorder import shape


def fuse_linear_bias(module: fx.GraphModule) -> None:
    """Rewrite the graph where a constant of the layer's width is added to its result."""
    graph = module.graph
    for node in list(graph.nodes):
        found = _linear_and_bias(node)
        if found is None:
            continue
        linear, bias = found
        with graph.inserting_before(node):
            fused = graph.call_function(F.linear, (linear.args[0], linear.args[1], bias))
        fused.meta = dict(node.meta)
        node.replace_all_uses_with(fused)
        graph.erase_node(node)
        graph.erase_node(linear)


def _linear_and_bias(node: fx.Node) -> tuple[fx.Node, fx.Node] | None:
    """Return the two sides of an addition when they make one linear layer."""
    if node.target is not torch.add:
        return None
    for linear, bias in (node.args, node.args[::-1]):
        if not isinstance(linear, fx.Node) or not isinstance(bias, fx.Node):
            continue
        if linear.target is not F.linear or linear.args[2] is not None or len(linear.users) > 1:
            continue
        if bias.op == "get_attr" and shape(bias) == shape(linear)[-1:]:
            return linear, bias
    return None
