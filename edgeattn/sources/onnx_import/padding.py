"""The padding of windows (convolution, pooling) in ONNX's words and in PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, Value, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def window_padding(
    op: Operation, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return how many positions to add before and after each axis."""
    axes = len(kernel)
    automatic = op.get("auto_pad", "NOTSET")
    if automatic == "VALID":
        return [0] * axes, [0] * axes
    if automatic == "NOTSET":
        pads = op.get("pads", [0] * 2 * axes)
        if len(pads) != 2 * axes or min(pads) < 0:
            raise UnreadableNodeError(f"its pads are {pads}; {2 * axes} numbers >= 0 are read")
        return list(pads[:axes]), list(pads[axes:])
    if automatic not in ("SAME_UPPER", "SAME_LOWER"):
        raise UnreadableNodeError(f"its auto_pad {automatic!r} is unknown")
    before, after = [], []
    for length, size, stride, dilation in zip(
        shape(op.input(0))[2:], kernel, strides, dilations, strict=True
    ):
        reach = (size - 1) * dilation + 1
        total = max((-(-length // stride) - 1) * stride + reach - length, 0)
        small, large = total // 2, total - total // 2
        before.append(small if automatic == "SAME_UPPER" else large)
        after.append(large if automatic == "SAME_UPPER" else small)
    return before, after


def even_padding(before: Sequence[int], after: Sequence[int]) -> list[int] | None:
    """Return the padding that PyTorch's own argument can express, or None."""
    return list(before) if list(before) == list(after) else None


def pad(
    recorder: Recorder, x: Value, before: Sequence[int], after: Sequence[int], value: float
) -> Any:
    """Pad the last axes of `x`; PyTorch lists the last axis first."""
    amounts = [n for pair in zip(reversed(before), reversed(after), strict=True) for n in pair]
    return recorder.call(F.pad, x, amounts, "constant", value)
