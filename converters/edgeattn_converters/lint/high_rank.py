"""Tensors of more than four axes: GPUs refuse them, and CPUs walk them number by number."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of, word_for
from edgeattn_converters.passes.layout_operators import is_layout

A = torch.ops.aten

LARGEST_RANK = 4
PERMUTES = frozenset({A.permute.default, A.transpose.int})

HIGH_RANK = Rule(
    name="high-rank",
    severity="warning",
    finds="A permute or a computation above four axes, after all rewrites, for a .tflite file.",
    why="LiteRT's GPU describes tensors as batch, height, width, channels and refuses more; on "
    "CPUs an int8 permute of five axes or more moves single bytes.",
    remedy="x.reshape(batch * windows, ...) before the permute: merge the axes that stay "
    "neighbours",
    evidence=("LiteRT's documentation of its GPU delegate; nothing was measured",),
)


def high_rank(subject: Subject) -> Iterator[Finding]:
    """Yield a warning for each permute, an info for each computation, above rank 4."""
    for target in subject.targets:
        if target.policy.format != "tflite":
            continue
        for node in calls(target.int8_form):
            value = node.meta.get("val")
            if not isinstance(value, torch.Tensor) or value.ndim <= LARGEST_RANK:
                continue
            permutes = node.target in PERMUTES
            if is_layout(node) and not permutes:
                continue  # a reshape costs nothing
            yield HIGH_RANK.finding(
                severity="warning" if permutes else "info",
                op="permute" if permutes else word_for(node),
                layer=place_of(node),
                why=f"works on {value.ndim} axes: LiteRT's GPU takes four"
                + (", and the int8 permute moves single bytes on CPUs" if permutes else ""),
            )
