"""Products with a constant matrix that are not called Linear."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.repaired import before_and_after
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of, word_for
from edgeattn_converters.program import Program, is_constant

A = torch.ops.aten

HIDDEN_LINEAR = Rule(
    name="hidden-linear",
    severity="warning",
    finds="x @ W, addmm or einsum with a constant matrix, which a Linear would be.",
    why="quantisers look for Linears: as a product of two tensors the weight gets one scale for "
    "all channels, or stays float, and with it 2.3x of speed on LiteRT.",
    remedy="self.project = nn.Linear(width, out), instead of x @ self.weight",
    evidence=("docs/measurements/engine-forms.md", "passes/name_products.py"),
    repaired="sometimes",
)
RIGHT: dict[object, str] = {
    A.matmul.default: "other", A.mm.default: "mat2", A.addmm.default: "mat2", A.bmm.default: "mat2",
}  # fmt: skip


def hidden_linear(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each product with a constant on its right."""
    for node, repaired in before_and_after(subject, _products):
        if repaired:
            yield HIDDEN_LINEAR.repaired_finding(
                op=word_for(node), layer=place_of(node), why="x @ constant becomes a Linear"
            )
        else:
            yield HIDDEN_LINEAR.finding(
                op=word_for(node),
                layer=place_of(node),
                why="a product with a constant that is no matrix [in, out], or with a bias that is "
                "no vector: it stays a product of two tensors, and its weight float",
            )


def _products(program: Program) -> Iterator[fx.Node]:
    for node in calls(program):
        name = RIGHT.get(node.target)
        if name and is_constant(arguments(node)[name]):
            yield node
