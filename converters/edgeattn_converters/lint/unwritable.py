"""Operators that a format has no counterpart for: the float file is written, for a try."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.subject import Subject, Target, calls, place_of
from edgeattn_converters.program import Program
from edgeattn_runtime.errors import CannotConvert

REMEDY = "replace it in the model by operators that are known, or convert to the other format only"


def unwritable(subject: Subject) -> Iterator[Finding]:
    """Yield an error for each operator that cannot be written for a target's engine."""
    for target in subject.targets:
        if target.policy.format == "tflite":
            yield from _tflite(target)
        else:
            yield from _onnx(target)


def _tflite(target: Target) -> Iterator[Finding]:
    from edgeattn_converters.tflite.lower import lower
    from edgeattn_converters.tflite.table import OPERATORS

    fallback = importlib.util.find_spec("litert_torch") is not None
    found = False
    for node in calls(target.float_form):
        if node.target not in OPERATORS:
            found = True
            yield _unknown(node, fallback)
    fault = None if found else _fault(lower, target.float_form) or _fault(lower, target.int8_form)
    if fault is not None:
        yield _refused(target, fault, "warning" if fallback else "error")


def _onnx(target: Target) -> Iterator[Finding]:
    if importlib.util.find_spec("onnxscript") is None:
        return
    from edgeattn_converters.onnx.lower import lower

    fault = _fault(lower, target.float_form)
    if fault is not None:
        yield _refused(target, fault, "error")


def _fault(lower: object, program: Program) -> CannotConvert | None:
    assert callable(lower)
    try:
        lower(program)
    except CannotConvert as fault:
        return fault
    return None


def _unknown(node: fx.Node, fallback: bool) -> Finding:
    if fallback:
        why = "the TFLite writer does not know it; litert-torch writes the whole file instead"
    else:
        why = "the TFLite writer does not know it, so no .tflite file can be made"
    return Finding(
        rule="unwritable",
        severity="warning" if fallback else "error",
        op=str(node.target),
        layer=place_of(node),
        why=why,
        remedy=f"{REMEDY} (--to onnx)"
        if fallback
        else f"{REMEDY} (--to onnx), or install the converter that knows more operators: "
        "pip install 'edgeattn[litert]'",
        evidence="edgeattn_converters.tflite.table.OPERATORS",
    )


def _refused(target: Target, fault: CannotConvert, severity: str) -> Finding:
    return Finding(
        rule="unwritable",
        severity=severity,
        op=target.policy.format,
        layer=target.float_form.name,
        why=f"the {target.policy.format} writer was tried and refused: {fault}",
        remedy=REMEDY,
        evidence="the file was written, for a try, with the model's own weights",
    )
