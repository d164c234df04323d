"""Activations that run in int8 and yet cost what a ReLU does not."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of

A = torch.ops.aten

SMOOTH_ACTIVATION = Rule(
    name="smooth-activation",
    severity="info",
    finds="A SiLU or Hardswish that runs in int8.",
    why="an int8 operator clips for free, so that a ReLU behind it takes no time at all. On LiteRT "
    "a SiLU takes 0.3 of its float time as LOGISTIC and MUL, a Hardswish its whole float time "
    "by table (35 times that as TFLite's own int8 operator); on ONNX Runtime both are two or "
    "three int8 operators. The finding says what the engine's policy says.",
    remedy="train with nn.ReLU instead, if accuracy allows it (gesture-hybrid: it does)",
    evidence=("docs/measurements/engine-forms.md", "docs/measurements/activations.md"),
)
WATCHED = {A.silu.default: "silu", A.hardswish.default: "hardswish"}


def smooth_activation(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each, on engines where it is int8; elsewhere it is a float island."""
    for target in subject.targets:
        int8 = {one.name: one.reason for one in target.decisions.values() if one.int8}
        for node in calls(subject.program):
            if node.target in WATCHED and node.name in int8:
                yield SMOOTH_ACTIVATION.finding(
                    op=WATCHED[node.target],
                    layer=place_of(node),
                    why=f"runs in int8 on {target.policy.name} ({int8[node.name]}), where a ReLU "
                    "takes no time: the int8 operator before it clips",
                )
