"""GELUs that arrive in pieces: x * (1 + erf(x / sqrt(2))) / 2, or the form with a tanh."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.placement import root

A = torch.ops.aten


def decomposed_gelu(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each GELU that stayed a chain around erf or a cube in a tanh."""
    for node in calls(subject.program):
        if node.target is A.erf.default or (node.target is A.tanh.default and _cubed(node)):
            yield Finding(
                rule="decomposed-gelu",
                severity="warning",
                op="gelu",
                layer=place_of(node),
                why="a GELU written out: five operators or more that each read and write all the "
                "numbers; as one operator between int8 neighbours it is a table on LiteRT, "
                "2.4-2.7x as fast as float",
                remedy="use torch.nn.GELU; for an .onnx file, export with opset 20 or later",
                evidence="docs/measurements/engine-forms.md, LiteRT (XNNPACK), x86-64, GELU alone",
            )


def _cubed(tanh: fx.Node) -> bool:
    """Tell whether a power of three lies a few sums and products before a tanh."""
    front = [tanh]
    for _ in range(4):
        front = [source for node in front for source in map(root, node.all_input_nodes)]
        if any(n.target is A.pow.Tensor_Scalar and n.args[1] in (3, 3.0) for n in front):
            return True
        front = [n for n in front if n.target in (A.add.Tensor, A.mul.Tensor, A.mul.Scalar)]
    return False
