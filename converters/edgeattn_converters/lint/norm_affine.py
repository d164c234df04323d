"""Scale and shift of a LayerNorm: free once they live in the Linear behind it."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.repaired import before_and_after
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.program import Program, constant, is_constant

A = torch.ops.aten

NORM_AFFINE = Rule(
    name="norm-affine",
    severity="info",
    finds="A LayerNorm that still scales and shifts its result.",
    why="XNNPACK runs a LayerNorm as eight operators; without the two for scale and shift it is "
    "1.6x as fast. They fold into Linears behind the norm, if nothing else reads it: a residual "
    "sum behind the norm (post-norm, as in BERT) keeps them.",
    remedy="x = x + f(norm(x)): a pre-norm block, whose norm only Linears read",
    evidence=("docs/measurements/engine-forms.md", "passes/fold_norm_affine.py"),
    repaired="sometimes",
)


def norm_affine(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each norm with a scale or a shift that does something."""
    for node, repaired in before_and_after(subject, _with_affine):
        if repaired:
            yield NORM_AFFINE.repaired_finding(
                op="layer_norm",
                layer=place_of(node),
                why="its scale and shift move into the Linears behind it: on LiteRT the norm is "
                "1.6x as fast without",
            )
        else:
            yield NORM_AFFINE.finding(
                op="layer_norm",
                layer=place_of(node),
                why="its scale and shift stay, because not only Linears read it: on LiteRT the "
                "norm is 1.6x as fast without",
            )


def _with_affine(program: Program) -> Iterator[fx.Node]:
    for node in calls(program):
        if node.target is not A.layer_norm.default:
            continue
        given = arguments(node)
        parts = [(given["weight"], 1.0), (given["bias"], 0.0)]
        if any(_does_something(program, part, neutral) for part, neutral in parts):
            yield node


def _does_something(program: Program, part: object, neutral: float) -> bool:
    if not is_constant(part):
        return part is not None
    return bool((constant(program, part) != neutral).any())
