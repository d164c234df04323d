"""Softmax over so many keys that a step of its int8 result is more than the mean weight."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.placement import readers
from edgeattn_converters.program import shape

A = torch.ops.aten

STEPS = 256  # the result of an int8 SOFTMAX goes in steps of 1/256
LONG_ROWS = Rule(
    name="long-rows",
    severity="info",
    finds=f"Attention over more than {STEPS} keys.",
    why="an int8 SOFTMAX gives multiples of 1/256 (LiteRT's specification, TensorRT and QNN much "
    "the same): over 784 keys the mean weight is 1/784, which rounds to 0. On a keyword "
    "transformer such a softmax left 30.2 dB of the 49.7 dB that int8 Q, K and V allow. `convert` "
    "keeps the softmax float and measures the range of its result.",
    remedy='keep softmax and PV float in other tools too (recipe: core = "scores" or "float"); '
    "or pool the keys to fewer tokens",
    evidence=("LiteRT 8-bit quantization specification", "docs/measurements/engine-forms.md"),
)


def long_rows(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each such softmax."""
    for node in calls(subject.program):
        if node.target is not A.softmax.int or (keys := shape(node)[-1]) <= STEPS:
            continue
        if any(user.target is A.matmul.default for user in readers(node)):
            yield LONG_ROWS.finding(
                op="softmax",
                layer=place_of(node),
                why=f"{keys} keys a row: the mean weight is 1/{keys}, less than the step of 1/256 "
                "that an int8 softmax has",
            )
