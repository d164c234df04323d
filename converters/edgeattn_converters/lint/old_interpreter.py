"""tflite-runtime 2.14 and dynamic range: the one pair that is wrong without saying so."""

from __future__ import annotations

from collections.abc import Iterator

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind

OLD_INTERPRETER = Rule(
    name="old-interpreter",
    severity="info",
    finds="The target is tflite-runtime, and the model has weights.",
    why="tflite-runtime 2.14 returns garbage without an error for dynamic-range files with "
    "per-channel weights; static int8 files, as `convert` makes, are right.",
    remedy="ship the static int8 file, or ai-edge-litert where it has a wheel",
    evidence=("tflite-runtime 2.14.0 on a per-channel dynamic-range file",),
)


def old_interpreter(subject: Subject) -> Iterator[Finding]:
    """Yield one info for the target tflite-runtime, at the first layer with weights."""
    if all(target.policy.name != "tflite-runtime" for target in subject.targets):
        return
    for node in calls(subject.program):
        if kind(node) in HAS_WEIGHTS:
            yield OLD_INTERPRETER.finding(
                op=kind(node),
                layer=place_of(node),
                why="tflite-runtime 2.14 returns garbage without an error for dynamic-range files "
                "with per-channel weights; static int8 files, as convert makes, are right",
            )
            return
