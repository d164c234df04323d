"""Weights rounded to float16, so that a checkpoint of them is half as large."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

LARGEST = torch.finfo(torch.float16).max


@torch.no_grad()
def rounded(module: nn.Module) -> nn.Module:
    """Return a copy whose matrices, kernels and tables hold numbers that float16 has too.

    They stay float32 tensors; each moves by at most 2^-11 of itself, an eighth of what int8 with a
    scale per channel moves the largest by (2^-8), and by at most 2^-25 where it is below 2^-14.
    Biases, norms and running statistics stay as they are: they are few.

    A number beyond float16's largest, 65,504, leaves its whole tensor as it was.
    """
    module = copy.deepcopy(module)
    for weight in module.parameters():
        if weight.ndim > 1 and float(weight.abs().max()) <= LARGEST:
            weight.copy_(weight.half())
    return module


def narrowest(weight: Tensor) -> Tensor:
    """Return a float32 matrix, kernel or table as float16 where not one bit of it is lost.

    >>> narrowest(torch.tensor([[0.5, 3.0]])).dtype, narrowest(torch.tensor([[0.1]])).dtype
    (torch.float16, torch.float32)
    """
    if weight.dtype != torch.float32 or weight.ndim < 2:
        return weight
    half = weight.half()
    return half if torch.equal(half.float(), weight) else weight
