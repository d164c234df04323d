"""Operators that a format has no counterpart for: the float file is written, for a try."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator

import torch
from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.instead import instead_of
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.single import single
from edgeattn_converters.lint.subject import Subject, Target, calls, place_of
from edgeattn_converters.program import Program
from edgeattn_runtime.errors import CannotConvert

UNWRITABLE = Rule(
    name="unwritable",
    severity="error",
    finds="An operator that a format has no counterpart for.",
    why="no file of that format can be made, or only by a converter that has to be installed "
    "(litert-torch: 1.24 GB, 73 packages). unfold, fold, topk and stft are the usual ones.",
    remedy="replace it in the model by operators that are known, or convert to the other format "
    "only",
    evidence=("the float file is written, for a try", "docs/decisions/0002-own-tflite-writer.md"),
)


def unwritable(subject: Subject) -> Iterator[Finding]:
    """Yield an error for each operator that cannot be written for a target's engine."""
    for target in subject.targets:
        module, extra, look = WRITERS[target.policy.format]
        if importlib.util.find_spec(module) is None:
            yield _untried(target, module, extra)
        else:
            yield from look(target)


def _tflite(target: Target) -> Iterator[Finding]:
    from edgeattn_converters.tflite.lower import lower
    from edgeattn_converters.tflite.table import OPERATORS

    fallback = importlib.util.find_spec("litert_torch") is not None
    unknown = [node for node in calls(target.float_form) if node.target not in OPERATORS]
    for node in unknown:
        yield _unknown(node, fallback)
    if not unknown:
        fault = _fault(lower, target.float_form) or _fault(lower, target.int8_form)
        if fault is not None:
            yield _refused(target, fault, "warning" if fallback else "error")


def _onnx(target: Target) -> Iterator[Finding]:
    from edgeattn_converters.onnx.lower import lower

    fault = _fault(lower, target.float_form)
    if fault is None:
        return
    faults = [
        (node, alone)
        for node in _first_of_each(target.float_form)
        if (alone := _fault(lower, single(target.float_form, node))) is not None
    ]
    for node, alone in faults:
        yield _refused(target, alone, "error", op=str(node.target), layer=place_of(node))
    if not faults:  # it takes more than one operator
        yield _refused(target, fault, "error")


def _first_of_each(program: Program) -> list[fx.Node]:
    """Return the first use of each operator that returns one tensor."""
    first: dict[object, fx.Node] = {}
    for node in calls(program):
        if isinstance(node.meta["val"], torch.Tensor):
            first.setdefault(node.target, node)
    return list(first.values())


WRITERS: dict[str, tuple[str, str, Callable[[Target], Iterator[Finding]]]] = {
    "onnx": ("onnxscript", "onnx", _onnx),
    "tflite": ("ai_edge_litert", "tflite", _tflite),
}
"""Format -> what its writer needs, the extra that brings it, and how to try it."""


def _fault(lower: Callable[[Program], bytes], program: Program) -> CannotConvert | None:
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
    known = instead_of(str(node.target))
    remedy = f"{known}, or --to onnx" if known else f"{UNWRITABLE.remedy} (--to onnx)"
    if not fallback:
        remedy += (
            ", or install the converter that knows more operators: pip install 'edgeattn[litert]'"
        )
    return UNWRITABLE.finding(
        severity="warning" if fallback else "error",
        op=str(node.target),
        layer=place_of(node),
        why=why,
        remedy=remedy,
    )


def _refused(
    target: Target, fault: CannotConvert, severity: str, *, op: str = "", layer: str = ""
) -> Finding:
    return UNWRITABLE.finding(
        severity=severity,
        op=op or target.policy.format,
        layer=layer or target.float_form.name,
        why=f"the {target.policy.format} writer was tried and refused: {fault}",
        remedy=instead_of(op),
    )


def _untried(target: Target, module: str, extra: str) -> Finding:
    return UNWRITABLE.finding(
        severity="info",
        op=target.policy.format,
        layer=target.float_form.name,
        why=f"the {target.policy.format} writer was not tried: {module} is not installed",
        remedy=f"pip install 'edgeattn[{extra}]'",
    )
