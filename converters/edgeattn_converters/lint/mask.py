"""Masks of -1e4, -inf or finfo.min before a softmax: which the passes clip, which they miss."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.passes.expand_attention import MASKED
from edgeattn_converters.passes.layout_operators import is_layout
from edgeattn_converters.program import Program, constant

A = torch.ops.aten

SOFTMAXES = frozenset({A.softmax.int, A._softmax.default})
MASKING = frozenset(
    {A.add.Tensor, A.sub.Tensor, A.mul.Tensor, A.mul.Scalar, A.where.self, A.where.ScalarSelf,
     A.where.ScalarOther, A.masked_fill.Scalar, A.masked_fill.Tensor, A.full.default,
     A.full_like.default, A.scalar_tensor.default, A.triu.default, A.tril.default,
     A._to_copy.default, A.to.dtype, A.expand.default, A.repeat.default, A.lift_fresh_copy.default}
)  # fmt: skip
"""What masks are made of; the search for a large negative number goes no further."""

FLOAT16_MIN = float(torch.finfo(torch.float16).min)
REMEDY = f"add a mask of {MASKED:g} instead: exp({MASKED:g}) is 1e-13, and no range is wasted"
MASK = Rule(
    name="mask",
    severity="error",
    finds="A mask below -30 before a softmax: -1e4, finfo.min, -inf.",
    why="rounded to int8 it takes the whole range and leaves the scores one step: a trained "
    "BERT-like model had 18.7 dB (output SQNR) with -1e4 and 39.5 dB with -30. In float16 it "
    "overflows, and -inf cannot be calibrated. Clipping is the one rewrite with a bound instead "
    "of equality: a masked weight was 0 and becomes at most exp(-30 + spread of the scores).",
    remedy="mask = (~keep)[:, None, None] * -30.0",
    evidence=("LiteRT 2.3.0, static int8, a trained BERT-like model", "passes/clip_masks.py"),
    repaired="sometimes",
)


def mask(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each softmax whose mask is clipped, more for one that keeps it."""
    left = {key: number for key, _, number in _masked(subject.program)}
    for key, node, number in _masked(subject.captured):
        if key not in left:
            yield MASK.repaired_finding(
                op="softmax",
                layer=place_of(node),
                why=f"a mask of {_said(number)} is added to the scores; the pass clip_masks makes "
                f"it {MASKED:g}, so that int8 keeps its range for the scores",
            )
    for key, node, number in _masked(subject.program):
        if key not in left:
            continue
        if number == -math.inf:
            severity, what = "error", "calibration refuses tensors that are not finite"
        else:
            severity, what = "warning", "rounded to int8 the scores lose their steps"
            if number < FLOAT16_MIN:
                what += ", and in float16 it overflows"
        yield MASK.finding(
            severity=severity,
            op="softmax",
            layer=place_of(node),
            why=f"a mask of {_said(number)} stays in front of the softmax, out of the reach of "
            f"clip_masks; {what}",
            remedy=REMEDY,
        )


def _masked(program: Program) -> Iterator[tuple[str, fx.Node, float]]:
    """Yield (name that survives the passes, node, lowest number) for each masked softmax."""
    for node in calls(program):
        if node.target in SOFTMAXES:
            start: object = node.args[0]
        elif node.target is A.scaled_dot_product_attention.default:
            start = node.kwargs.get("attn_mask", node.args[3] if len(node.args) > 3 else None)
        else:
            continue
        number = _lowest(program, start, set())
        if number < MASKED:
            stem = node.name.removesuffix("_scaled_dot_product_attention")
            yield node.name if stem == node.name else f"{stem}_weights", node, number


def _lowest(program: Program, value: object, seen: set[fx.Node]) -> float:
    """Return the lowest number that a mask is made with; 0 when there is none below it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, fx.Node) or value in seen:
        return 0.0
    seen.add(value)
    if value.op == "get_attr":
        tensor = constant(program, value)
        return float(tensor.min()) if tensor.is_floating_point() and tensor.numel() else 0.0
    if value.op != "call_function":
        return 0.0
    if is_layout(value):
        return _lowest(program, value.args[0], seen)
    if value.target not in MASKING:
        return 0.0
    parts = [_lowest(program, part, seen) for part in value.args]
    if value.target is A.sub.Tensor and isinstance(value.args[1], (int, float)):
        parts[1] = -abs(parts[1])  # (mask - 1) * 1e4 is also written mask * 1e4 - 1e4
    return min([*parts, 0.0])


def _said(number: float) -> str:
    if number <= float(torch.finfo(torch.float32).min):
        return "-inf" if number == -math.inf else "finfo.min"
    return f"{number:g}"
