"""Parts of a tensor, and tensors put together."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, Value, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def slice_axis(recorder: Recorder, x: Value, axis: int, start: int, end: int, step: int = 1) -> Any:
    """Return x[start:end:step] along one axis; `x` itself when that is everything."""
    if start == 0 and end == shape(x)[axis] and step == 1:
        return x
    return recorder.call(torch.ops.aten.slice.Tensor, x, axis, start, end, step)


def _slice(recorder: Recorder, op: Operation) -> Any:
    x: Any = op.input(0)
    starts, ends = op.whole(1), op.whole(2)
    axes = op.whole(3) if op.has(3) else list(range(len(starts)))
    steps = op.whole(4) if op.has(4) else [1] * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise UnreadableNodeError("its starts, ends, axes and steps differ in number")
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        length = shape(x)[axis]
        first, last, stride = slice(start, end, step).indices(length)
        if step > 0:
            x = slice_axis(recorder, x, axis % len(shape(x)), first, max(last, first), stride)
        else:
            picked = torch.arange(first, last, stride)
            x = recorder.call(torch.index_select, x, axis, picked)
    return x


def _split(recorder: Recorder, op: Operation) -> Any:
    axis = op.axis(0)
    length = shape(op.input(0))[axis]
    sizes = op.whole(1) if op.has(1) else op.get("split")
    if sizes is None:
        count = int(op.get("num_outputs", op.outputs))
        each = -(-length // count)
        sizes = [min(each, length - each * part) for part in range(count)]
    if sum(sizes) != length or min(sizes) < 0:
        raise UnreadableNodeError(f"its parts {sizes} do not make up the length {length}")
    ends = [sum(sizes[: part + 1]) for part in range(len(sizes))]
    return tuple(
        slice_axis(recorder, op.input(0), axis, end - size, end)
        for size, end in zip(sizes, ends, strict=True)
    )


def _concat(recorder: Recorder, op: Operation) -> Any:
    parts = [op.input(index) for index in range(len(op.inputs))]
    if len(parts) == 1:
        return parts[0]
    return recorder.call(torch.cat, parts, op.axis(0))


def _gather(recorder: Recorder, op: Operation) -> Any:
    x, indices, axis = op.input(0), op.input(1), op.axis(0)
    lengths = shape(x)
    if isinstance(indices, torch.Tensor):
        if ((indices < -lengths[axis]) | (indices >= lengths[axis])).any():
            raise UnreadableNodeError(f"it picks beyond the length {lengths[axis]} of axis {axis}")
        indices = torch.where(indices < 0, indices + lengths[axis], indices)
        if indices.dim() == 0:
            return recorder.call(torch.select, x, axis, int(indices))
        if not isinstance(x, torch.Tensor) and indices.dim() == 1:
            return _pick(recorder, x, axis, indices)
    elif axis == 0 and len(lengths) == 2:
        return recorder.call(F.embedding, indices, x)
    flat = recorder.call(torch.reshape, indices, [-1])
    picked = recorder.call(torch.index_select, x, axis, flat)
    return recorder.call(
        torch.reshape, picked, [*lengths[:axis], *shape(indices), *lengths[axis + 1 :]]
    )


def _pick(recorder: Recorder, x: Value, axis: int, indices: torch.Tensor) -> Any:
    """Pick constant places along an axis: a slice when they stand in a row."""
    first = int(indices[0]) if indices.numel() else 0
    if indices.tolist() == list(range(first, first + indices.numel())):
        return slice_axis(recorder, x, axis, first, first + indices.numel())
    return recorder.call(torch.index_select, x, axis, indices)


def _gather_elements(recorder: Recorder, op: Operation) -> Any:
    return recorder.call(torch.gather, op.input(0), op.axis(0), op.input(1))


def _pad(recorder: Recorder, op: Operation) -> Any:
    rank, amounts = len(shape(op.input(0))), op.whole(1)
    axes = op.whole(3) if op.has(3) else list(range(rank))
    if len(amounts) != 2 * len(axes):
        raise UnreadableNodeError(f"{len(amounts)} pads do not fit {len(axes)} axes")
    before, after = [0] * rank, [0] * rank
    for place, axis in enumerate(axes):
        before[axis], after[axis] = amounts[place], amounts[place + len(axes)]
    touched = [axis for axis in range(rank) if before[axis] or after[axis]]
    if not touched:
        return op.input(0)
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    kind = op.get("mode", "constant")
    if kind not in mode:
        raise UnreadableNodeError(f"its mode {kind!r} is unknown")
    pairs = [n for axis in range(rank - 1, touched[0] - 1, -1) for n in (before[axis], after[axis])]
    if kind != "constant":
        return recorder.call(F.pad, op.input(0), pairs, mode[kind])
    value = op.constant(2).item() if op.has(2) else 0
    return recorder.call(F.pad, op.input(0), pairs, "constant", value)


INDEXING = {
    "Slice": _slice,
    "Split": _split,
    "Concat": _concat,
    "Gather": _gather,
    "GatherElements": _gather_elements,
    "Pad": _pad,
}
