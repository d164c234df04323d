"""float64 inside the model: no engine for small devices has kernels for it."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of, word_for

DOUBLE_PRECISION = Rule(
    name="double-precision",
    severity="warning",
    finds="An operator that computes in float64.",
    why="the TFLite writer and XNNPACK take no float64 at all; ONNX Runtime runs it at half the "
    "numbers a register, and no quantiser touches it. A NumPy constant is the usual way in.",
    remedy="torch.as_tensor(array, dtype=torch.float32), and no .double()",
    evidence=("the .tflite writer refuses it; XNNPACK's operators are float32, float16 and int8",),
)


def double_precision(subject: Subject) -> Iterator[Finding]:
    """Yield a warning for each operator whose result is float64."""
    for node in calls(subject.program):
        value = node.meta["val"]
        if isinstance(value, torch.Tensor) and value.dtype == torch.float64:
            yield DOUBLE_PRECISION.finding(
                op=word_for(node), layer=place_of(node), why="gives float64"
            )
