"""One operator as a Program of its own, so that a writer can be asked about it alone."""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.program import Program, constant, finish
from edgeattn_runtime.port import Port


def single(program: Program, node: fx.Node) -> Program:
    """Return a Program that computes `node` from its tensors; constants stay constants."""
    graph, parts = fx.Graph(), torch.nn.Module()
    copies: dict[fx.Node, fx.Node] = {}
    ports = []
    for source in node.all_input_nodes:  # placeholders stand first
        if source.op != "get_attr":
            copies[source] = graph.placeholder(source.name)
            copies[source].meta = {"layer": "", "val": source.meta["val"]}
            ports.append(_port(source, source.name))
    for source in node.all_input_nodes:
        if source.op == "get_attr":
            parts.register_buffer(str(source.target), constant(program, source))
            copies[source] = graph.get_attr(str(source.target))
            copies[source].meta = {"layer": "", "val": source.meta["val"]}
    copy = graph.node_copy(node, copies.__getitem__)
    graph.output((copy,))
    module = fx.GraphModule(parts, graph, class_name="Program").eval()
    return finish(Program(module, node.name, tuple(ports), (_port(node, "output"),)))


def _port(node: fx.Node, name: str) -> Port:
    value = node.meta["val"]
    return Port(name, tuple(value.shape), str(value.dtype).removeprefix("torch."))
