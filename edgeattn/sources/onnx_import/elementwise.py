"""Arithmetic, one number at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, Value, dtype, shape
from edgeattn.sources.onnx_import.tensors import torch_type
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def plain_number(value: Value, beside: Value) -> Any:
    """Return a constant with one element as a Python number, anything else unchanged.

    The shortest text of a float32 is the number that was meant: 1e-05, not 9.999999747e-06.
    """
    if not isinstance(value, torch.Tensor) or isinstance(beside, torch.Tensor):
        return value
    if value.numel() != 1:
        return value
    if value.dim() > len(shape(beside)) or value.dtype == torch.bool:
        return value
    number = value.item()
    return float(str(np.float32(number))) if isinstance(number, float) else number


def apply(function: Callable[..., Any]) -> Callable[[Recorder, Operation], Any]:
    """Read an operator of one input as a function of one tensor."""
    return lambda recorder, op: recorder.call(function, op.input(0))


def _commutative(function: Callable[..., Any]) -> Callable[[Recorder, Operation], Any]:
    def read(recorder: Recorder, op: Operation) -> Any:
        left, right = op.input(0), op.input(1)
        if isinstance(left, torch.Tensor) and not isinstance(right, torch.Tensor):
            left, right = right, left
        return recorder.call(function, left, plain_number(right, left))

    return read


def _ordered(function: Callable[..., Any]) -> Callable[[Recorder, Operation], Any]:
    def read(recorder: Recorder, op: Operation) -> Any:
        return recorder.call(function, op.input(0), plain_number(op.input(1), op.input(0)))

    return read


def _divide(recorder: Recorder, op: Operation) -> Any:
    left, right = op.input(0), op.input(1)
    if not dtype(left).is_floating_point:  # ONNX divides whole numbers towards zero
        return recorder.call(torch.div, left, right, rounding_mode="trunc")
    numerator = plain_number(left, right)
    if isinstance(numerator, float) and numerator == 1:
        return recorder.call(torch.reciprocal, right)
    return recorder.call(torch.div, left, plain_number(right, left))


def _power(recorder: Recorder, op: Operation) -> Any:
    base, exponent = op.input(0), plain_number(op.input(1), op.input(0))
    result = recorder.call(torch.pow, base, exponent)
    # ONNX keeps the type of the base, PyTorch promotes.
    return result if dtype(result) == dtype(base) else convert(recorder, result, dtype(base))


def _modulo(recorder: Recorder, op: Operation) -> Any:
    function = torch.fmod if op.get("fmod", 0) else torch.remainder
    return recorder.call(function, op.input(0), op.input(1))


def _chain(function: Callable[..., Any]) -> Callable[[Recorder, Operation], Any]:
    def read(recorder: Recorder, op: Operation) -> Any:
        result = op.input(0)
        for index in range(1, len(op.inputs)):
            result = recorder.call(function, result, op.input(index))
        return result

    return read


def _mean(recorder: Recorder, op: Operation) -> Any:
    return recorder.call(torch.div, _chain(torch.add)(recorder, op), float(len(op.inputs)))


def convert(recorder: Recorder, value: Value, wanted: torch.dtype) -> Any:
    """Return `value` in another element type; itself when it already has it."""
    if dtype(value) == wanted:
        return value
    return recorder.call(torch.ops.aten._to_copy.default, value, dtype=wanted)


def _cast(recorder: Recorder, op: Operation) -> Any:
    return convert(recorder, op.input(0), torch_type(int(op.get("to", 1))))


def _cast_like(recorder: Recorder, op: Operation) -> Any:
    return convert(recorder, op.input(0), dtype(op.input(1)))


def _clip(recorder: Recorder, op: Operation) -> Any:
    limits = []
    for index in (1, 2):
        limit = op.constant(index) if op.has(index) else None
        if limit is not None and limit.numel() != 1:
            raise UnreadableNodeError(
                f"its limit has shape {list(limit.shape)}; one number is read"
            )
        limits.append(None if limit is None else plain_number(limit.reshape(()), op.input(0)))
    low, high = limits
    if low is None and high is None:
        return op.input(0)
    return recorder.call(torch.clamp, op.input(0), low, high)


ELEMENTWISE = {
    "Add": _commutative(torch.add),
    "Mul": _commutative(torch.mul),
    "Sub": _ordered(torch.sub),
    "Div": _divide,
    "Pow": _power,
    "Mod": _modulo,
    "Min": _chain(torch.minimum),
    "Max": _chain(torch.maximum),
    "Sum": _chain(torch.add),
    "Mean": _mean,
    "Clip": _clip,
    "Cast": _cast,
    "CastLike": _cast_like,
    "Abs": apply(torch.abs),
    "Ceil": apply(torch.ceil),
    "Cos": apply(torch.cos),
    "Erf": apply(torch.erf),
    "Exp": apply(torch.exp),
    "Floor": apply(torch.floor),
    "Log": apply(torch.log),
    "Neg": apply(torch.neg),
    "Reciprocal": apply(torch.reciprocal),
    "Round": apply(torch.round),
    "Sign": apply(torch.sign),
    "Sin": apply(torch.sin),
    "Sqrt": apply(torch.sqrt),
}
