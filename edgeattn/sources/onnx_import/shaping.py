"""The same numbers in another shape or order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def _reshape(recorder: Recorder, op: Operation) -> Any:
    lengths, wanted = shape(op.input(0)), op.whole(1)
    if not op.get("allowzero", 0):  # 0 copies the length at its place
        if any(n == 0 and place >= len(lengths) for place, n in enumerate(wanted)):
            raise UnreadableNodeError(f"it copies a length that {list(lengths)} does not have")
        wanted = [lengths[place] if n == 0 else n for place, n in enumerate(wanted)]
    return recorder.call(torch.reshape, op.input(0), wanted)


def _transpose(recorder: Recorder, op: Operation) -> Any:
    rank = len(shape(op.input(0)))
    order = list(op.get("perm", range(rank - 1, -1, -1)))
    if order == list(range(rank)):
        return op.input(0)
    return recorder.call(torch.permute, op.input(0), order)


def _flatten(recorder: Recorder, op: Operation) -> Any:
    lengths = shape(op.input(0))
    axis = int(op.get("axis", 1))
    axis += len(lengths) if axis < 0 else 0
    return recorder.call(
        torch.reshape, op.input(0), [math.prod(lengths[:axis]), math.prod(lengths[axis:])]
    )


def _squeeze(recorder: Recorder, op: Operation) -> Any:
    lengths = shape(op.input(0))
    axes = op.axes()
    if axes is None:
        axes = [axis for axis, length in enumerate(lengths) if length == 1]
    gone = {axis % len(lengths) for axis in axes}
    if any(lengths[axis] != 1 for axis in gone):
        raise UnreadableNodeError(f"it removes axes {sorted(gone)} of {list(lengths)}, not all 1")
    kept = [length for axis, length in enumerate(lengths) if axis not in gone]
    return recorder.call(torch.reshape, op.input(0), kept)


def _unsqueeze(recorder: Recorder, op: Operation) -> Any:
    lengths, axes = list(shape(op.input(0))), op.axes() or []
    rank = len(lengths) + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        lengths.insert(axis, 1)
    return recorder.call(torch.reshape, op.input(0), lengths)


def _expand(recorder: Recorder, op: Operation) -> Any:
    lengths, wanted = shape(op.input(0)), op.whole(1)
    try:
        result = np.broadcast_shapes(lengths, tuple(wanted))
    except ValueError as error:
        raise UnreadableNodeError(f"{list(lengths)} does not expand to {wanted}") from error
    return (
        op.input(0) if result == lengths else recorder.call(torch.broadcast_to, op.input(0), result)
    )


def _tile(recorder: Recorder, op: Operation) -> Any:
    return recorder.call(torch.tile, op.input(0), op.whole(1))


def _shape(recorder: Recorder, op: Operation) -> Any:
    lengths = shape(op.input(0))
    return torch.tensor(lengths[op.get("start", 0) : op.get("end")], dtype=torch.int64)


def _size(recorder: Recorder, op: Operation) -> Any:
    return torch.tensor(math.prod(shape(op.input(0))), dtype=torch.int64)


def _same(recorder: Recorder, op: Operation) -> Any:
    return op.input(0)


def _dropout(recorder: Recorder, op: Operation) -> Any:
    if op.has(2) and bool(op.constant(2)):
        raise UnreadableNodeError("it is in training mode; call .eval() before exporting")
    return op.input(0)


def _depth_to_space(recorder: Recorder, op: Operation) -> Any:
    if op.get("mode", "DCR") == "CRD":
        return recorder.call(torch.pixel_shuffle, op.input(0), int(op.get("blocksize", 1)))
    batch, channels, height, width = shape(op.input(0))
    block = int(op.get("blocksize", 1))
    inner = channels // block**2
    split = recorder.call(torch.reshape, op.input(0), [batch, block, block, inner, height, width])
    woven = recorder.call(torch.permute, split, [0, 3, 4, 1, 5, 2])
    return recorder.call(torch.reshape, woven, [batch, inner, height * block, width * block])


SHAPING = {
    "Reshape": _reshape,
    "Transpose": _transpose,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Expand": _expand,
    "Tile": _tile,
    "Shape": _shape,
    "Size": _size,
    "Identity": _same,
    "Dropout": _dropout,
    "DepthToSpace": _depth_to_space,
}
