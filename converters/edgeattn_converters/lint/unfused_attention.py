"""Attention that ONNX Runtime gets as product, softmax and product."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.operands import tensor
from edgeattn_converters.placement import readers, root
from edgeattn_converters.program import shape

A = torch.ops.aten

UNFUSED_ATTENTION = Rule(
    name="unfused-attention",
    severity="warning",
    finds="An attention core that does not become one operator on ONNX Runtime.",
    why="com.microsoft.MultiHeadAttention never writes the scores out, and only with it the "
    "projections become QAttention: a block of 64 tokens is 2.0x as fast as fp32 then, 1.7x with "
    "float MultiHeadAttention, 0.5x in torch's form after a stock quantiser.",
    remedy="mask.expand(batch, 1, tokens, tokens): a mask with all its rows; one key head for each "
    "query head; softmax over the last axis",
    evidence=("docs/measurements/engine-forms.md", "specialise/fuse_attention.py"),
)


def unfused_attention(subject: Subject) -> Iterator[Finding]:
    """Yield a warning, per ONNX policy, for each softmax that still weighs values by itself."""
    for target in subject.targets:
        if target.policy.format != "onnx":
            continue
        for node in calls(target.int8_form):
            if _is_core(node):
                yield UNFUSED_ATTENTION.finding(
                    op="attention core",
                    layer=place_of(node),
                    why=f"scores of {list(shape(node))} are written out and read again on "
                    f"{target.policy.name}: a mask that is computed as [batch, 1, 1, keys], shared "
                    "key heads or another reader of the scores keep it from one operator",
                )


def _is_core(node: fx.Node) -> bool:
    """Tell whether a node is a softmax whose weights multiply values."""
    if node.target is not A.softmax.int:
        return False
    products = [user for user in readers(node) if user.target is A.matmul.default]
    return any(root(tensor(user, 0)) is node for user in products)
