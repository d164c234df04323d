"""Sums, means and extremes along axes."""

from __future__ import annotations

from typing import Any

import torch

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, Value, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def _reduce(function: Any) -> Any:
    return lambda recorder, op: _along_axes(recorder, op, function, op.input(0))


def _along_axes(recorder: Recorder, op: Operation, function: Any, x: Value) -> Any:
    axes = op.axes()
    if not axes:
        if op.get("noop_with_empty_axes", 0):
            return x
        axes = list(range(len(shape(x))))
    return recorder.call(function, x, axes, bool(op.get("keepdims", 1)))


def _sum_of_squares(recorder: Recorder, op: Operation) -> Any:
    return _along_axes(recorder, op, torch.sum, recorder.call(torch.pow, op.input(0), 2))


def _length(recorder: Recorder, op: Operation) -> Any:
    return recorder.call(torch.sqrt, _sum_of_squares(recorder, op))


def _product(recorder: Recorder, op: Operation) -> Any:
    axes = op.axes() or list(range(len(shape(op.input(0)))))
    result: Any = op.input(0)
    keep = bool(op.get("keepdims", 1))
    for axis in sorted((axis % len(shape(op.input(0))) for axis in axes), reverse=True):
        result = recorder.call(torch.prod, result, axis, keep)
    return result


def _index_of(function: Any) -> Any:
    def read(recorder: Recorder, op: Operation) -> Any:
        if op.get("select_last_index", 0):
            raise UnreadableNodeError("it picks the last of equal numbers; only the first is read")
        return recorder.call(function, op.input(0), op.axis(0), bool(op.get("keepdims", 1)))

    return read


REDUCTION = {
    "ReduceMean": _reduce(torch.mean),
    "ReduceSum": _reduce(torch.sum),
    "ReduceMax": _reduce(torch.amax),
    "ReduceMin": _reduce(torch.amin),
    "ReduceProd": _product,
    "ReduceL2": _length,
    "ReduceSumSquare": _sum_of_squares,
    "ArgMax": _index_of(torch.argmax),
    "ArgMin": _index_of(torch.argmin),
}
