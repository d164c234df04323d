"""Comparisons and choices: masks are made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from edgeattn.sources.onnx_import.elementwise import apply, plain_number
from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder


def _compare(function: Callable[..., Any]) -> Callable[[Recorder, Operation], Any]:
    def read(recorder: Recorder, op: Operation) -> Any:
        return recorder.call(function, op.input(0), plain_number(op.input(1), op.input(0)))

    return read


def _combine(function: Callable[..., Any]) -> Callable[[Recorder, Operation], Any]:
    return lambda recorder, op: recorder.call(function, op.input(0), op.input(1))


def _where(recorder: Recorder, op: Operation) -> Any:
    return recorder.call(torch.where, op.input(0), op.input(1), op.input(2))


def _trilu(recorder: Recorder, op: Operation) -> Any:
    diagonal = op.whole(1)[0] if op.has(1) else 0
    function = torch.triu if op.get("upper", 1) else torch.tril
    return recorder.call(function, op.input(0), diagonal)


LOGIC = {
    "Equal": _compare(torch.eq),
    "Greater": _compare(torch.gt),
    "GreaterOrEqual": _compare(torch.ge),
    "Less": _compare(torch.lt),
    "LessOrEqual": _compare(torch.le),
    "And": _combine(torch.logical_and),
    "Or": _combine(torch.logical_or),
    "Xor": _combine(torch.logical_xor),
    "Not": apply(torch.logical_not),
    "IsNaN": apply(torch.isnan),
    "Where": _where,
    "Trilu": _trilu,
}
