"""What one inference of a module costs: multiply-accumulates, and parameters."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


@torch.no_grad()
def count_macs(module: nn.Module, example_inputs: tuple[Tensor, ...]) -> int:
    """Return the multiply-accumulates of one sample: convolutions, Linears and attention cores.

    >>> count_macs(nn.Linear(3, 5), (torch.zeros(1, 3),))
    15
    """
    with FlopCounterMode(display=False) as counter:
        module(*example_inputs)
    return int(counter.get_total_flops()) // 2  # a multiplication and an addition


def count_parameters(module: nn.Module) -> int:
    """Return how many weights and biases a module has."""
    return sum(parameter.numel() for parameter in module.parameters())
