"""SiLU and Hardswish that run in int8 and yet cost what a ReLU does not."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.subject import Subject, calls, place_of

A = torch.ops.aten

PRICE = {
    A.silu.default: (
        "silu",
        "as int8 LOGISTIC and MUL it takes 0.34 of its float time; a ReLU takes none",
    ),
    A.hardswish.default: (
        "hardswish",
        "XNNPACK reads it from a table in 0.93-1.0 of its float time, TFLite's own int8 operator "
        "takes 35 times as long; a ReLU takes none",
    ),
}


def smooth_activation(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each, on engines where it is int8; elsewhere it is a float island."""
    for target in subject.targets:
        int8 = {decision.name for decision in target.decisions.values() if decision.int8}
        for node in calls(subject.program):
            if node.target not in PRICE or node.name not in int8:
                continue
            word, price = PRICE[node.target]
            yield Finding(
                rule="smooth-activation",
                severity="info",
                op=word,
                layer=place_of(node),
                why=f"on {target.policy.name} {price}: the int8 operator before it clips",
                remedy="train with ReLU instead, if accuracy allows it",
                evidence="LiteRT 2.3.0 (XNNPACK), x86-64, one thread; "
                "docs/measurements/engine-forms.md",
            )
