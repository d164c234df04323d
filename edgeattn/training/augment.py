"""Photos as they might also have been taken: shifted, turned, nearer, mirrored, darker."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, grid_sample


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far a photo may be changed; each draw is uniform and differs from photo to photo.

    Attributes:
        shift: Share of half the side, to either side: 0.15 is 4.8 of 64 pixels.
        turn_degrees: To the left or to the right.
        zoom: exp(-zoom) to exp(zoom) times the size.
        contrast: exp(-contrast) to exp(contrast) times the distance from the photo's mean.
        brightness: Added to pixels in [0, 1], either sign.
        mirror: Whether half of the photos are mirrored; for the gestures it was measured to harm
            (docs/measurements/activations.md): nearly all show the same hand.
    """

    shift: float = 0.15
    turn_degrees: float = 20.0
    zoom: float = 0.15
    contrast: float = 0.25
    brightness: float = 0.125
    mirror: bool = False


def augment(images: Tensor, strength: Augmentation, generator: Generator) -> Tensor:
    """Return changed copies of `images`, float32 [batch, channels, height, width] in [0, 1]."""
    return _colour(_move(images, strength, generator), strength, generator)


def _move(images: Tensor, strength: Augmentation, generator: Generator) -> Tensor:
    """Shift, turn, zoom and mirror in one resampling; beyond the border its pixels go on."""
    count = len(images)
    angle = _draw(count, math.radians(strength.turn_degrees), generator)
    size = torch.exp(_draw(count, strength.zoom, generator))
    cos, sin = torch.cos(angle) * size, torch.sin(angle) * size
    right = _draw(count, strength.shift, generator)
    down = _draw(count, strength.shift, generator)
    coin = torch.rand(count, generator=generator)
    side = torch.where(coin < 0.5, -1.0, 1.0) if strength.mirror else torch.ones(count)
    rows = [
        torch.stack([cos * side, -sin, right], dim=1),
        torch.stack([sin * side, cos, down], dim=1),
    ]
    where = torch.stack(rows, dim=1)  # [batch, 2, 3]
    grid = affine_grid(where, list(images.shape), align_corners=False)
    return grid_sample(images, grid, padding_mode="border", align_corners=False)


def _colour(images: Tensor, strength: Augmentation, generator: Generator) -> Tensor:
    """Stretch each photo around its mean, and lift or lower it."""
    mean = images.mean((1, 2, 3), keepdim=True)
    stretch = torch.exp(_draw(len(images), strength.contrast, generator)).view(-1, 1, 1, 1)
    lift = _draw(len(images), strength.brightness, generator).view(-1, 1, 1, 1)
    return ((images - mean) * stretch + mean + lift).clamp(0, 1)


def _draw(count: int, reach: float, generator: Generator) -> Tensor:
    """Return `count` numbers between -reach and reach."""
    return (torch.rand(count, generator=generator) * 2 - 1) * reach
