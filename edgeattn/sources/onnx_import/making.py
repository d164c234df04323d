"""Tensors out of nothing."""

from __future__ import annotations

from typing import Any

import torch

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def _constant(recorder: Recorder, op: Operation) -> Any:
    if "value" in op.attributes:
        return op.attributes["value"]
    for name, kind in (("value_float", torch.float32), ("value_floats", torch.float32)):
        if name in op.attributes:
            return torch.tensor(op.attributes[name], dtype=kind)
    for name in ("value_int", "value_ints"):
        if name in op.attributes:
            return torch.tensor(op.attributes[name], dtype=torch.int64)
    raise UnreadableNodeError("it holds no numbers")


def _filled(recorder: Recorder, op: Operation) -> Any:
    value = op.get("value", torch.zeros(1))
    return recorder.call(torch.full, op.whole(0), value.item(), dtype=value.dtype)


def _range(recorder: Recorder, op: Operation) -> Any:
    start, limit, step = (op.constant(index) for index in (0, 1, 2))
    return recorder.call(torch.arange, start.item(), limit.item(), step.item(), dtype=start.dtype)


MAKING = {"Constant": _constant, "ConstantOfShape": _filled, "Range": _range}
