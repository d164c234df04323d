"""The mean of the weights over the last steps, which is steadier than the weights themselves."""

from __future__ import annotations

import torch
from torch import nn

FAST_START = 10  # early on the average follows quickly: after step s it keeps s / (s + 10)


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, *, step: int, keep: float) -> None:
    """Move the weights of `average` towards those of `model`, in place.

    average <- k * average + (1 - k) * model, with k = min(keep, step / (step + 10))

    The running statistics of BatchNorm are averaged too; whole numbers are copied.

    Source: Polyak & Juditsky 1992; Tarvainen & Valpola 2017 for the fast start.
    """
    keep = min(keep, step / (step + FAST_START))
    for mine, theirs in zip(
        average.state_dict().values(), model.state_dict().values(), strict=True
    ):
        if mine.is_floating_point():
            mine.lerp_(theirs, 1 - keep)
        else:
            mine.copy_(theirs)
