"""Pooling over windows and over everything."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.padding import even_padding, pad, window_padding
from edgeattn.sources.onnx_import.recorder import Recorder, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError

MAX_POOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE_POOL = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def _max_pool(recorder: Recorder, op: Operation) -> Any:
    x, kernel = op.input(0), list(op.get("kernel_shape", []))
    axes = _axes(len(kernel))
    strides = op.get("strides", [1] * axes)
    dilations = op.get("dilations", [1] * axes)
    before, after = window_padding(op, kernel, strides, dilations)
    padding = even_padding(before, after)
    if padding is None or any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        x, padding = pad(recorder, x, before, after, float("-inf")), [0] * axes
    up = bool(op.get("ceil_mode", 0))
    return recorder.call(MAX_POOL[axes], x, kernel, strides, padding, dilations, up)


def _average_pool(recorder: Recorder, op: Operation) -> Any:
    x, kernel = op.input(0), list(op.get("kernel_shape", []))
    axes = _axes(len(kernel))
    strides = op.get("strides", [1] * axes)
    if any(dilation != 1 for dilation in op.get("dilations", [])):
        raise UnreadableNodeError("it averages with dilation; PyTorch has no such pooling")
    before, after = window_padding(op, kernel, strides, [1] * axes)
    padding, counted = even_padding(before, after), bool(op.get("count_include_pad", 0))
    if padding is None:
        if not counted:
            raise UnreadableNodeError("its padding is uneven and not counted in the average")
        x, padding = pad(recorder, x, before, after, 0.0), [0] * axes
    up = bool(op.get("ceil_mode", 0))
    return recorder.call(AVERAGE_POOL[axes], x, kernel, strides, padding, up, counted)


def _global(function: Any) -> Any:
    def read(recorder: Recorder, op: Operation) -> Any:
        axes = list(range(2, len(shape(op.input(0)))))
        return recorder.call(function, op.input(0), axes, True)

    return read


def _axes(count: int) -> int:
    if count not in MAX_POOL:
        raise UnreadableNodeError(f"its window has {count} axes; 1, 2 and 3 are read")
    return count


POOLING = {
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalAveragePool": _global(torch.mean),
    "GlobalMaxPool": _global(torch.amax),
}
