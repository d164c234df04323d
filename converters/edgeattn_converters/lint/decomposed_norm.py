"""Norms that arrive in pieces: every piece is an operator of its own on the device.

d = x - mean(x);  d / sqrt(mean(d * d) + eps)        a LayerNorm; without d an RMSNorm
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.repaired import before_and_after
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.program import Program

A = torch.ops.aten

ROOTS = frozenset({A.sqrt.default, A.rsqrt.default})
SQUARES = frozenset({A.pow.Tensor_Scalar, A.square.default, A.mul.Tensor})
VARIANCES = frozenset({A.var.correction, A.var.dim, A.std.correction, A.std.dim})

DECOMPOSED_NORM = Rule(
    name="decomposed-norm",
    severity="warning",
    finds="A LayerNorm or RMSNorm that arrives in pieces: means, squares and a root.",
    why="in float16 the squares overflow (a ViT-B with LayerNorms written out fell to 19 % top-1); "
    "in int8 the pieces lost 3-22 dB and cut the graph into 22-42 parts. As one operator it stays "
    "float and is written the way each engine runs fastest.",
    remedy="use torch.nn.LayerNorm or torch.nn.RMSNorm; for an .onnx file, export with opset 17 "
    "or later",
    evidence=(
        "reports of a peer converter's users (float16)",
        "LiteRT 2.3.0, static int8",
        "passes/fuse_layer_norm.py",
    ),
    repaired="sometimes",
)


def decomposed_norm(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each norm that is a chain of sums, powers and roots."""
    for node, repaired in before_and_after(subject, _in_pieces):
        name = _norm(node) or "layer_norm"
        module = "LayerNorm" if name == "layer_norm" else "RMSNorm"
        article = "a" if name == "layer_norm" else "an"
        why = (
            f"{article} {module} written out: in float16 its squares overflow (a ViT-B with "
            "LayerNorms written out fell to 19 % top-1), in int8 LayerNorms lost 3-22 dB and cut "
            "the graph into 22-42 pieces"
        )
        if repaired:
            yield DECOMPOSED_NORM.repaired_finding(
                op=name, layer=place_of(node), why="is written out and becomes one operator again"
            )
        else:
            remedy = f"use torch.nn.{module}; for an .onnx file, export with opset 17 or later"
            yield DECOMPOSED_NORM.finding(op=name, layer=place_of(node), why=why, remedy=remedy)


def _in_pieces(program: Program) -> Iterator[fx.Node]:
    return (node for node in calls(program) if _norm(node))


def _norm(node: fx.Node) -> str | None:
    """Return "layer_norm" or "rms_norm" for the root in the middle of one, else None."""
    if node.target in VARIANCES:
        return "layer_norm" if any(_inside_norm(user) for user in node.users) else None
    power = node.target is A.pow.Tensor_Scalar and node.args[1] in (0.5, -0.5)
    if node.target not in ROOTS and not power:
        return None
    mean = _past_sum(node.args[0])
    if mean is None or mean.target is not A.mean.dim:
        return None
    square = mean.args[0]
    if not isinstance(square, fx.Node) or square.target not in SQUARES:
        return None
    base = square.args[0]
    if square.target is A.mul.Tensor and square.args[1] is not base:
        return None
    if square.target is A.pow.Tensor_Scalar and square.args[1] not in (2, 2.0):
        return None
    centred = isinstance(base, fx.Node) and base.target is A.sub.Tensor
    return "layer_norm" if centred else "rms_norm"


def _inside_norm(user: fx.Node) -> bool:
    return user.target in (A.add.Tensor, A.sqrt.default, A.rsqrt.default, A.div.Tensor)


def _past_sum(node: object) -> fx.Node | None:
    """Return what an epsilon was added to."""
    if isinstance(node, fx.Node) and node.target in (A.add.Tensor, A.add.Scalar):
        node = node.args[0]
    return node if isinstance(node, fx.Node) else None
