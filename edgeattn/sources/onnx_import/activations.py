"""Activations and softmax."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn.sources.onnx_import.elementwise import apply
from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def _leaky_relu(recorder: Recorder, op: Operation) -> Any:
    return recorder.call(F.leaky_relu, op.input(0), float(op.get("alpha", 0.01)))


def _elu(recorder: Recorder, op: Operation) -> Any:
    return recorder.call(F.elu, op.input(0), float(op.get("alpha", 1.0)))


def _prelu(recorder: Recorder, op: Operation) -> Any:
    slope = op.constant(1)
    channels = shape(op.input(0))[1] if len(shape(op.input(0))) > 1 else 1
    if slope.numel() not in (1, channels):
        raise UnreadableNodeError(
            f"its slope has shape {list(slope.shape)}; one per channel is read"
        )
    return recorder.call(F.prelu, op.input(0), slope.reshape(-1))


def _hard_sigmoid(recorder: Recorder, op: Operation) -> Any:
    alpha, beta = float(op.get("alpha", 0.2)), float(op.get("beta", 0.5))
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return recorder.call(F.hardsigmoid, op.input(0))
    line = recorder.call(torch.add, recorder.call(torch.mul, op.input(0), alpha), beta)
    return recorder.call(torch.clamp, line, 0.0, 1.0)


def _gelu(recorder: Recorder, op: Operation) -> Any:
    kind = op.get("approximate", "none")
    if kind not in ("none", "tanh"):
        raise UnreadableNodeError(
            f"its approximation {kind!r} is unknown; 'none' and 'tanh' are read"
        )
    return recorder.call(F.gelu, op.input(0), approximate=kind)


def _swish(recorder: Recorder, op: Operation) -> Any:
    alpha = float(op.get("alpha", 1.0))
    if alpha == 1:
        return recorder.call(F.silu, op.input(0))
    gate = recorder.call(torch.sigmoid, recorder.call(torch.mul, op.input(0), alpha))
    return recorder.call(torch.mul, op.input(0), gate)


def _softmax(function: Any) -> Any:
    def read(recorder: Recorder, op: Operation) -> Any:
        lengths = shape(op.input(0))
        axis = op.axis(default=-1 if op.opset >= 13 else 1)
        if op.opset >= 13 or axis == len(lengths) - 1:
            return recorder.call(function, op.input(0), dim=axis)
        # Until opset 12 softmax ran over all axes from `axis` on, as if they were one.
        flat = recorder.call(torch.flatten, op.input(0), axis)
        return recorder.call(torch.reshape, recorder.call(function, flat, dim=axis), lengths)

    return read


ACTIVATIONS = {
    "Relu": apply(F.relu),
    "LeakyRelu": _leaky_relu,
    "Elu": _elu,
    "PRelu": _prelu,
    "Sigmoid": apply(torch.sigmoid),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": apply(F.hardswish),
    "Swish": _swish,
    "Mish": apply(F.mish),
    "Softplus": apply(F.softplus),
    "Tanh": apply(torch.tanh),
    "Gelu": _gelu,
    "Softmax": _softmax(F.softmax),
    "LogSoftmax": _softmax(F.log_softmax),
}
