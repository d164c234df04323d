"""Models whose every weight matters, as if they had been trained."""

from __future__ import annotations

import torch
from torch import nn


def lively(module: nn.Module) -> nn.Module:
    """Give BatchNorms statistics and factors as training would, so that nothing is 0 or 1."""
    generator = torch.Generator().manual_seed(1)
    for part in module.modules():
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            for tensor, low in ((part.weight, 0.5), (part.running_var, 0.5), (part.bias, -0.2)):
                noise = torch.rand(tensor.shape, generator=generator)
                tensor.data.copy_(low + noise * (0.4 if low < 0 else 1))
            part.running_mean.copy_(torch.rand(part.num_features, generator=generator) * 0.1)
    return module.eval()
