"""BatchNorms: most fold into a neighbour; those behind an activation stay, as two operators."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.passes.fold_batch_norm import NORMS

A = torch.ops.aten

BATCH_NORM = Rule(
    name="batch-norm",
    severity="warning",
    finds="A BatchNorm: what folds into a convolution or Linear, and what cannot.",
    why="folded it costs nothing (Jacob et al. 2018). With an activation or a residual sum in "
    "between it becomes a product and a sum with constants, which no integer kernel takes here: a "
    "float island that reads and writes every number twice.",
    remedy="nn.Sequential(nn.Conv2d(..., bias=False), nn.BatchNorm2d(...), nn.ReLU()): the norm "
    "directly behind the convolution",
    evidence=("arXiv:1712.05877, section 3.2", "passes/fold_batch_norm.py"),
    repaired="sometimes",
)
REMAINS = frozenset({*NORMS, A.mul.Tensor, A.add.Tensor})


def batch_norm(subject: Subject) -> Iterator[Finding]:
    """Yield a warning for each norm that stays as operators of its own, an info for the rest."""
    left = {node.meta["layer"] for node in calls(subject.program) if node.target in REMAINS}
    for node in calls(subject.captured):
        if node.target not in NORMS:
            continue
        layer = node.meta["layer"]
        if layer and layer in left:
            yield BATCH_NORM.finding(
                op="batch_norm",
                layer=place_of(node),
                why="what stands before it is no convolution and no Linear, so that it does not "
                "fold: a product and a sum in float are left",
            )
        else:
            yield BATCH_NORM.repaired_finding(
                op="batch_norm", layer=place_of(node), why="folds into the weights beside it"
            )
