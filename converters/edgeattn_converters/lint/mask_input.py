"""Additive masks that the caller passes: nobody knows how far down they go."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.passes.layout_operators import is_layout
from edgeattn_converters.program import shape

A = torch.ops.aten

THROUGH = frozenset({A.expand.default, A._to_copy.default, A.to.dtype})
MASK_INPUT = Rule(
    name="mask-input",
    severity="warning",
    finds="A float input that is added to attention scores.",
    why="clip_masks cannot reach what is passed at run time: with -1e4 or finfo.min a trained "
    "BERT-like model had 18.7 dB (output SQNR) where -30 gives 39.5 dB, and random calibration "
    "data holds no mask at all.",
    remedy="take a boolean or integer mask [batch, tokens] and add (1 - mask)[:, None, None] * "
    "-30.0 inside of the model",
    evidence=("LiteRT 2.3.0, static int8, a trained BERT-like model",),
)


def mask_input(subject: Subject) -> Iterator[Finding]:
    """Yield a warning for each softmax with such a mask."""
    for node in calls(subject.program):
        if node.target is not A.softmax.int:
            continue
        total = _root(node.args[0])
        if total is None or total.target is not A.add.Tensor:
            continue
        for part in total.args[:2]:
            source = _root(part)
            if source is not None and source.op == "placeholder" and _is_float(source):
                yield MASK_INPUT.finding(
                    op="softmax",
                    layer=place_of(node),
                    why=f"the input {source.target} of {list(shape(source))} is added to its "
                    "scores: whatever the caller passes, down to finfo.min, sets their range",
                )


def _root(value: object) -> fx.Node | None:
    """Return what a value is a view or a copy of."""
    while isinstance(value, fx.Node) and (is_layout(value) or value.target in THROUGH):
        value = value.args[0]
    return value if isinstance(value, fx.Node) else None


def _is_float(node: fx.Node) -> bool:
    return bool(node.meta["val"].is_floating_point())
