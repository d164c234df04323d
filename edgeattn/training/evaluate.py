"""How many samples a model gets right."""

from __future__ import annotations

import torch
from torch import Tensor, nn

BATCH = 128


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Return the share of samples whose largest logit is the label; the model ends in eval mode."""
    model.eval()
    with torch.no_grad():
        guesses = [model(x[start : start + BATCH]).argmax(1) for start in range(0, len(x), BATCH)]
    return float((torch.cat(guesses) == y).double().mean())
