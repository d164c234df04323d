"""Weights and constants that are NaN or infinite: whatever they touch becomes so too."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, place_of
from edgeattn_converters.program import constant, is_constant

NOT_FINITE = Rule(
    name="not-finite",
    severity="error",
    finds="A weight or constant with NaN or +inf in it (-inf is a mask's, and the rule mask's).",
    why="every number that it touches becomes NaN; calibration finds no range then, and int8 has "
    "no code for NaN.",
    remedy="train again with a lower learning rate or gradient clipping, or take an earlier "
    "checkpoint",
    evidence=("the weights themselves",),
)


def not_finite(subject: Subject) -> Iterator[Finding]:
    """Yield an error for each constant that no conversion could make right."""
    for node in subject.captured.graph.nodes:
        if not is_constant(node):
            continue
        value = constant(subject.captured, node)
        if not value.is_floating_point():
            continue
        broken = int((torch.isnan(value) | torch.isposinf(value)).sum())
        if broken:
            reader = next(iter(node.users), node)
            yield NOT_FINITE.finding(
                op=node.name,
                layer=place_of(reader),
                why=f"{broken} of {value.numel()} numbers are NaN or infinite",
            )
