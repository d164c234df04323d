"""Two samples in one, and a target that says how much of each.

    mixup   a * one + (1 - a) * other                       a from Beta(alpha, alpha)
    cutmix  one, with a rectangle of the other in it        a is the share that was left

Source: Zhang et al. 2018, "mixup", arXiv:1710.09412; Yun et al. 2019, "CutMix", arXiv:1905.04899.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn.functional import one_hot


def mix(
    x: Tensor, y: Tensor, *, classes: int, mixup: float, cutmix: float, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Return the batch mixed with itself in another order, and targets [batch, classes].

    Args:
        x: Numbers that can be added [batch, ...]; cutmix needs [batch, channels, height, width].
        y: int64 [batch].
        classes: How many there are.
        mixup: Its alpha, 0 for none.
        cutmix: Its alpha, 0 for none. With both, a coin decides for each batch.
        generator: The same seed mixes the same.
    """
    partner = torch.randperm(len(x), generator=generator)
    # PyTorch draws from Beta with its global generator alone.
    draw = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
    cut = cutmix > 0 and (mixup == 0 or draw.random() < 0.5)
    alpha = cutmix if cut else mixup
    share = float(draw.beta(alpha, alpha))
    if cut:
        x, share = _cut(x, x[partner], share, draw)
    else:
        x = share * x + (1 - share) * x[partner]
    targets = one_hot(y, classes).float()
    return x, share * targets + (1 - share) * targets[partner]


def _cut(x: Tensor, other: Tensor, share: float, draw: np.random.Generator) -> tuple[Tensor, float]:
    """Return x with a rectangle of `other`, about 1 - share of the area, and what is left."""
    height, width = x.shape[2:]
    side = (1 - share) ** 0.5
    middle_y, middle_x = draw.random() * height, draw.random() * width
    top, bottom = (_inside(middle_y + sign * height * side / 2, height) for sign in (-1, 1))
    left, right = (_inside(middle_x + sign * width * side / 2, width) for sign in (-1, 1))
    x = x.clone()
    x[:, :, top:bottom, left:right] = other[:, :, top:bottom, left:right]
    return x, 1 - (bottom - top) * (right - left) / (height * width)


def _inside(place: float, length: int) -> int:
    return min(max(round(place), 0), length)
