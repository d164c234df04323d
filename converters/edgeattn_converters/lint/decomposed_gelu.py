"""GELUs that arrive in pieces: x * (1 + erf(x / sqrt(2))) / 2, or the form with a tanh."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.repaired import before_and_after
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.placement import root
from edgeattn_converters.program import Program

A = torch.ops.aten

DECOMPOSED_GELU = Rule(
    name="decomposed-gelu",
    severity="warning",
    finds="A GELU that arrives in pieces: erf, or a cube in a tanh, with sums and products.",
    why="five operators or more that each read and write all the numbers; as one operator between "
    "int8 neighbours a GELU is a table on LiteRT, 2.3-2.5x as fast as float.",
    remedy="use torch.nn.GELU; for an .onnx file, export with opset 20 or later",
    evidence=("docs/measurements/engine-forms.md", "passes/fuse_gelu.py"),
    repaired="sometimes",
)


def decomposed_gelu(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each GELU that is a chain around erf or a cube in a tanh."""
    for node, repaired in before_and_after(subject, _in_pieces):
        if repaired:
            yield DECOMPOSED_GELU.repaired_finding(
                op="gelu", layer=place_of(node), why="is written out and becomes one operator again"
            )
        else:
            yield DECOMPOSED_GELU.finding(
                op="gelu",
                layer=place_of(node),
                why="a GELU written out: five operators or more that each read and write all the "
                "numbers; as one operator between int8 neighbours it is a table on LiteRT, "
                "2.3-2.5x as fast as float",
            )


def _in_pieces(program: Program) -> Iterator[fx.Node]:
    for node in calls(program):
        if node.target is A.erf.default or (node.target is A.tanh.default and _cubed(node)):
            yield node


def _cubed(tanh: fx.Node) -> bool:
    """Tell whether a power of three lies a few sums and products before a tanh."""
    front = [tanh]
    for _ in range(4):
        front = [source for node in front for source in map(root, node.all_input_nodes)]
        if any(n.target is A.pow.Tensor_Scalar and n.args[1] in (3, 3.0) for n in front):
            return True
        front = [n for n in front if n.target in (A.add.Tensor, A.mul.Tensor, A.mul.Scalar)]
    return False
