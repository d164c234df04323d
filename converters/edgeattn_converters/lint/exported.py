"""Write a Program as a `.pt2` file: what torch.export.save makes, readable by torch.export.load."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import fx, nn
from torch.fx import traceback

from edgeattn_converters.program import Program

# Raised by torch 2.13 itself when it copies an exported program; it names nothing of ours.
_COPY_WARNING = r".*isinstance\(treespec, LeafSpec\).* is deprecated"


def write_exported(program: Program, inputs: tuple[torch.Tensor, ...], path: Path) -> None:
    """Write `program` to `path`, with `inputs` as its example inputs.

    Inputs keep their names and operators their layers. A single output is returned as a tensor,
    several as a tuple, whatever the model had.
    """
    with warnings.catch_warnings(), torch.no_grad():
        warnings.filterwarnings("ignore", message=_COPY_WARNING, category=FutureWarning)
        exported = torch.export.export(_with_named_inputs(program), inputs, strict=False)
        torch.export.save(exported, path)


def _with_named_inputs(program: Program) -> fx.GraphModule:
    """Return a module whose forward takes arguments named like the Program's inputs."""
    graph = fx.Graph()
    inputs = [graph.placeholder(port.name) for port in program.inputs]
    graph.output(graph.call_module("model", tuple(inputs)))
    root = nn.Module()
    root.add_module("model", _Traced(program.copy()))
    return fx.GraphModule(root, graph).eval()


class _Traced(nn.Module):
    """A Program that tells torch.export which layer each operator came from."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.model = program.graph_module
        for node in program.graph.nodes:
            layer = node.meta.get("layer")
            if layer:
                node.meta["nn_module_stack"] = {layer: (layer, nn.Module)}

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, ...]:
        """Run operator by operator, each with its node's metadata at hand."""
        with traceback.preserve_node_meta():
            result: tuple[torch.Tensor, ...] = fx.Interpreter(self.model).run(*inputs)
        return result[0] if len(result) == 1 else tuple(result)
