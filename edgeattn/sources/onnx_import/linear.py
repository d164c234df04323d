"""Products of matrices; with a constant on the right they are linear layers."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn.sources.onnx_import.elementwise import plain_number
from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, Value, shape


def _matmul(recorder: Recorder, op: Operation) -> Any:
    left, right = op.input(0), op.input(1)
    if isinstance(right, torch.Tensor) and right.dim() == 2:
        return linear(recorder, left, right, None)
    return recorder.call(torch.matmul, left, right)


def linear(recorder: Recorder, x: Value, weight: torch.Tensor, bias: Value | None) -> Any:
    """Return x @ weight + bias as a linear layer.

    Args:
        recorder: Where it is recorded.
        x: [..., in].
        weight: [in, out], as ONNX stores it; PyTorch keeps [out, in].
        bias: [out] or None.
    """
    return recorder.call(F.linear, x, recorder.transposed(weight), bias)


def _gemm(recorder: Recorder, op: Operation) -> Any:
    left, right, bias = op.input(0), op.input(1), op.optional(2)
    alpha, beta = float(op.get("alpha", 1.0)), float(op.get("beta", 1.0))
    if op.get("transA", 0):
        left = recorder.call(torch.transpose, left, 0, 1)
    if isinstance(right, torch.Tensor) and alpha == 1 and beta == 1:
        width = right.shape[0] if op.get("transB", 0) else right.shape[1]
        weight = right if op.get("transB", 0) else recorder.transposed(right)
        if bias is None or shape(bias) == (width,):
            return recorder.call(F.linear, left, weight, bias)
        return recorder.call(torch.add, recorder.call(F.linear, left, weight, None), bias)
    if op.get("transB", 0):
        right = recorder.call(torch.transpose, right, 0, 1)
    result = recorder.call(torch.matmul, left, right)
    if alpha != 1:
        result = recorder.call(torch.mul, result, alpha)
    if bias is None:
        return result
    if beta != 1:
        bias = recorder.call(torch.mul, bias, beta)
    return recorder.call(torch.add, result, plain_number(bias, result))


LINEAR = {"MatMul": _matmul, "Gemm": _gemm}
