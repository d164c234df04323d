"""Tensors of more than four axes: GPUs refuse them, and CPUs walk them number by number."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.subject import Subject, calls, place_of, word_for
from edgeattn_converters.passes.layout_operators import is_layout
from edgeattn_converters.program import shape

A = torch.ops.aten

LARGEST_RANK = 4
PERMUTES = frozenset({A.permute.default, A.transpose.int})


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
            yield Finding(
                rule="high-rank",
                severity="warning" if permutes else "info",
                op="permute" if permutes else word_for(node),
                layer=place_of(node),
                why=f"works on {list(shape(node))}, {value.ndim} axes: LiteRT's GPU takes four"
                + (", and the int8 permute moves single bytes on CPUs" if permutes else ""),
                remedy="merge the axes that stay neighbours with a reshape before it (windows into "
                "the batch, heads into it too)",
                evidence="the model after all rewrites; LiteRT's GPU describes tensors as batch, "
                "height, width, channels; nothing measured",
            )
