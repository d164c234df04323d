"""Photos changed by a few operations drawn from a list, all as strong as one number says.

    RandAugment(operations=2, magnitude=9): two of the fourteen below, at 9 of 30

Source: Cubuk et al. 2020, "RandAugment", arXiv:1909.13719; the ranges at magnitude 30 are those of
its reference code. Shear, shift and turn look up pixels bilinearly and go on beyond the border.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, conv2d, grid_sample

STRONGEST = 30


@dataclass(frozen=True, kw_only=True)
class RandAugment:
    """How often and how much a photo is changed.

    Attributes:
        operations: So many, one after the other; the same one may come twice.
        magnitude: 0 to 30; at 0 most do nothing.
        mirror: Whether half of the photos are mirrored first.
    """

    operations: int = 2
    magnitude: int = 9
    mirror: bool = True

    def __post_init__(self) -> None:
        """Refuse what is off the scale."""
        if self.operations < 0:
            raise ValueError(f"operations is {self.operations}; give 0 or more")
        if not 0 <= self.magnitude <= STRONGEST:
            raise ValueError(f"magnitude is {self.magnitude}; give 0 to {STRONGEST}")


def rand_augment(images: Tensor, strength: RandAugment, generator: Generator) -> Tensor:
    """Return changed copies of `images`, float32 [batch, 3, height, width] in [0, 1]."""
    count = len(images)
    images = images.clone()
    if strength.mirror:
        turned = torch.rand(count, generator=generator) < 0.5
        images[turned] = images[turned].flip(3)
    share = strength.magnitude / STRONGEST
    for _ in range(strength.operations):
        chosen = torch.randint(len(OPERATIONS), (count,), generator=generator)
        sign = torch.randint(2, (count,), generator=generator) * 2.0 - 1
        for number, operation in enumerate(OPERATIONS):
            rows = (chosen == number).nonzero().flatten()
            if len(rows):
                signed = (sign[rows] * share).view(-1, 1, 1, 1)  # -1 to 1
                images[rows] = operation(images[rows], signed)
    return images


def _identity(x: Tensor, signed: Tensor) -> Tensor:
    return x


def _auto_contrast(x: Tensor, signed: Tensor) -> Tensor:
    """Stretch each channel over [0, 1]."""
    low, high = x.amin((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
    return torch.where(high > low, (x - low) / (high - low).clamp_min(1e-6), x)


def _equalize(x: Tensor, signed: Tensor) -> Tensor:
    """Give every level of a channel the share of pixels that are not brighter."""
    levels = (x * 255).round().long().flatten(2)  # [batch, 3, pixels]
    counts = torch.zeros(*levels.shape[:2], 256).scatter_add_(
        2, levels, torch.ones_like(x).flatten(2)
    )
    share: Tensor = counts.cumsum(2) / levels.shape[2]
    return share.gather(2, levels).view_as(x)


def _posterize(x: Tensor, signed: Tensor) -> Tensor:
    """Keep 8 to 4 bits."""
    steps = 2 ** (8 - (4 * signed.abs()).round())
    return (x * 255 / (256 / steps)).floor() * (256 / steps) / 255


def _solarize(x: Tensor, signed: Tensor) -> Tensor:
    return torch.where(x >= 1 - signed.abs(), 1 - x, x)


def _brightness(x: Tensor, signed: Tensor) -> Tensor:
    return (x * (1 + 0.9 * signed)).clamp(0, 1)


def _contrast(x: Tensor, signed: Tensor) -> Tensor:
    return _away_from(_grey(x).mean((1, 2, 3), keepdim=True), x, signed)


def _colour(x: Tensor, signed: Tensor) -> Tensor:
    return _away_from(_grey(x), x, signed)


def _sharpness(x: Tensor, signed: Tensor) -> Tensor:
    kernel = torch.tensor([[1.0, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13  # as in Pillow
    soft = x.clone()
    flat = x.flatten(0, 1)[:, None]
    soft[:, :, 1:-1, 1:-1] = conv2d(flat, kernel[None, None])[:, 0].view(
        *x.shape[:2], *(side - 2 for side in x.shape[2:])
    )
    return _away_from(soft, x, signed)


def _shear_across(x: Tensor, signed: Tensor) -> Tensor:
    return _move(x, shear_x=0.3 * signed)


def _shear_down(x: Tensor, signed: Tensor) -> Tensor:
    return _move(x, shear_y=0.3 * signed)


def _shift_across(x: Tensor, signed: Tensor) -> Tensor:
    return _move(x, right=0.9 * signed)  # of half the side: 0.45 of the whole


def _shift_down(x: Tensor, signed: Tensor) -> Tensor:
    return _move(x, down=0.9 * signed)


def _turn(x: Tensor, signed: Tensor) -> Tensor:
    return _move(x, angle=math.radians(30) * signed)


OPERATIONS: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (
    _identity, _auto_contrast, _equalize, _posterize, _solarize, _brightness, _contrast, _colour,
    _sharpness, _shear_across, _shear_down, _shift_across, _shift_down, _turn,
)  # fmt: skip


def _grey(x: Tensor) -> Tensor:
    """Return the luma of ITU-R 601 [batch, 1, height, width]."""
    return (x * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)


def _away_from(dull: Tensor, x: Tensor, signed: Tensor) -> Tensor:
    """Move x away from its dull form, or towards it."""
    return (dull + (x - dull) * (1 + 0.9 * signed)).clamp(0, 1)


def _move(x: Tensor, **given: Tensor) -> Tensor:
    zero = torch.zeros(len(x))
    part = {name: value.flatten() for name, value in given.items()}
    angle = part.get("angle", zero)
    rows = [
        torch.stack(
            [angle.cos(), -angle.sin() + part.get("shear_x", zero), part.get("right", zero)], 1
        ),
        torch.stack(
            [angle.sin() + part.get("shear_y", zero), angle.cos(), part.get("down", zero)], 1
        ),
    ]
    grid = affine_grid(torch.stack(rows, dim=1), list(x.shape), align_corners=False)
    return grid_sample(x, grid, padding_mode="border", align_corners=False)
