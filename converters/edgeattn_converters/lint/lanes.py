"""Widths that leave SIMD lanes empty: kernels work on 8 numbers at a time, and pad the rest."""

from __future__ import annotations

from collections.abc import Iterator

from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of, word_for
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.placement import readers, weighs_values
from edgeattn_converters.program import shape

LANES = 8  # float32 in a 256-bit register, int8 in half a NEON one
WORTH_SAYING = 0.10  # of the lanes are empty

LANES_RULE = Rule(
    name="lanes",
    severity="info",
    finds="A width, or a head's width, that leaves a tenth or more of 8 SIMD lanes empty.",
    why="kernels take 8 or 16 numbers at a time and pad the rest: 12 channels cost about what 16 "
    "do. Classes and colours are left out: they are given.",
    remedy="choose widths and head widths that are multiples of 8, better of 16",
    evidence=("arithmetic: nothing was measured",),
)


def lanes(subject: Subject) -> Iterator[Finding]:
    """Yield an info for widths inside the model, not for its classes or its colours."""
    for node in calls(subject.program):
        width, what = _width(node)
        padded = -(-width // LANES) * LANES
        if not what or 1 - width / padded < WORTH_SAYING:
            continue
        yield LANES_RULE.finding(
            op=word_for(node),
            layer=place_of(node),
            why=f"{what} {width} fills {width} of {padded} lanes, {1 - width / padded:.0%} idle",
            remedy=f"{padded} costs about the same time; {padded - LANES or LANES} costs less",
        )


def _width(node: fx.Node) -> tuple[int, str]:
    """Return what an operator makes side by side, and a word for it; "" where it is given."""
    if kind(node) in HAS_WEIGHTS and list(readers(node)) and not _ends(node):
        channels = 1 if kind(node) == "conv" else -1
        return shape(node)[channels], "a width of"
    if kind(node) == "matmul" and weighs_values(node):
        return shape(node)[-1], "a head width of"
    return LANES, ""


def _ends(node: fx.Node) -> bool:
    return any(user.op == "output" for user in readers(node))
