"""Convolutions over one, two or three axes."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.padding import even_padding, pad, window_padding
from edgeattn.sources.onnx_import.recorder import Recorder, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
CONV_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def _convolution(recorder: Recorder, op: Operation) -> Any:
    x, weight = op.input(0), op.input(1)
    kernel = shape(weight)[2:]
    axes = _axes(len(kernel))
    strides = op.get("strides", [1] * axes)
    dilations = op.get("dilations", [1] * axes)
    before, after = window_padding(op, kernel, strides, dilations)
    padding = even_padding(before, after)
    if padding is None:
        x, padding = pad(recorder, x, before, after, 0.0), [0] * axes
    return recorder.call(
        CONV[axes], x, weight, op.optional(2), strides, padding, dilations, op.get("group", 1)
    )


def _transposed(recorder: Recorder, op: Operation) -> Any:
    kernel = shape(op.input(1))[2:]
    axes = _axes(len(kernel))
    pads = op.get("pads", [0] * 2 * axes)
    padding = even_padding(pads[:axes], pads[axes:])
    if padding is None or op.get("auto_pad", "NOTSET") != "NOTSET" or op.get("output_shape"):
        raise UnreadableNodeError("its padding is uneven or implied; give `pads` that are even")
    return recorder.call(
        CONV_TRANSPOSE[axes],
        op.input(0),
        op.input(1),
        op.optional(2),
        op.get("strides", [1] * axes),
        padding,
        op.get("output_padding", [0] * axes),
        op.get("group", 1),
        op.get("dilations", [1] * axes),
    )


def _axes(count: int) -> int:
    if count not in CONV:
        raise UnreadableNodeError(f"it runs over {count} axes; 1, 2 and 3 are read")
    return count


CONVOLUTION = {"Conv": _convolution, "ConvTranspose": _transposed}
