"""Normalisation layers."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def epsilon(op: Operation, default: float = 1e-5) -> float:
    """Return `epsilon` as the number that was meant before it became float32."""
    return float(f"{float(op.get('epsilon', default)):.7g}")


def _batch_norm(recorder: Recorder, op: Operation) -> Any:
    if op.get("training_mode", 0):
        raise UnreadableNodeError("it is in training mode; call .eval() before exporting")
    scale, bias, mean, variance = (op.input(index) for index in (1, 2, 3, 4))
    return recorder.call(
        F.batch_norm, op.input(0), mean, variance, scale, bias, False, 0.0, epsilon(op)
    )


def _layer_norm(recorder: Recorder, op: Operation) -> Any:
    lengths = list(shape(op.input(0))[op.axis(-1) :])
    weight, bias = _whole(op, 1, lengths), _whole(op, 2, lengths)
    return recorder.call(F.layer_norm, op.input(0), lengths, weight, bias, epsilon(op))


def _rms_norm(recorder: Recorder, op: Operation) -> Any:
    lengths = list(shape(op.input(0))[op.axis(-1) :])
    return recorder.call(F.rms_norm, op.input(0), lengths, _whole(op, 1, lengths), epsilon(op))


def _instance_norm(recorder: Recorder, op: Operation) -> Any:
    groups = shape(op.input(0))[1]
    return recorder.call(F.group_norm, op.input(0), groups, op.input(1), op.input(2), epsilon(op))


def _group_norm(recorder: Recorder, op: Operation) -> Any:
    if op.opset < 21:
        raise UnreadableNodeError(
            "its weights are per group before opset 21; export with a newer one"
        )
    groups = int(op.get("num_groups", 1))
    return recorder.call(F.group_norm, op.input(0), groups, op.input(1), op.input(2), epsilon(op))


def _whole(op: Operation, index: int, lengths: list[int]) -> Any:
    """Return a weight in the full shape of what is normalised."""
    value = op.optional(index)
    if isinstance(value, torch.Tensor) and list(value.shape) != lengths:
        return torch.broadcast_to(value, lengths)
    return value


NORMALIZATION = {
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "RMSNormalization": _rms_norm,
    "InstanceNormalization": _instance_norm,
    "GroupNormalization": _group_norm,
}
