"""x + Linear(x) on tokens [batch, tokens, width]: LiteRT's GPU fails on it in int8."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.placement import source
from edgeattn_converters.program import shape

A = torch.ops.aten

RESIDUAL_RANK = Rule(
    name="residual-rank",
    severity="info",
    finds="x + Linear(x) on [batch, tokens, width] in int8, where a .tflite file is to be made.",
    why="LiteRT's GPU fails on it; on CPUs it is right.",
    remedy="nothing for CPUs; for a GPU ship the fp32 file, or write the block on [batch, width, "
    "1, tokens] with 1x1 convolutions",
    evidence=("LiteRT's GPU (WebGPU) on SwiftShader, against the CPU's answers",),
)


def residual_rank(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each such sum, when a .tflite file is to be made."""
    for target in subject.targets:
        if target.policy.format != "tflite":
            continue
        for node in calls(target.int8_form):
            if node.target is not A.add.Tensor or len(shape(node)) != 3 or not target.is_int8(node):
                continue
            if any(kind(source(arg)) == "linear" for arg in node.all_input_nodes):
                yield RESIDUAL_RANK.finding(
                    op="add",
                    layer=place_of(node),
                    why="a residual sum with a Linear on rank 3 fails in int8 on LiteRT's GPU; "
                    "on CPUs it is right",
                )
