"""Small photos as they are augmented in the field: shifted by whole pixels and mirrored.

A shift by whole pixels copies pixels, where `edgeattn.training.augment` resamples them: at 32
pixels a side the blur of resampling costs detail that test photos have. What lies beyond the border
is the photo mirrored at it.

Source: He et al. 2015, "Deep Residual Learning", arXiv:1512.03385, section 4.2, which pads with
zeros.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn.functional import pad


@dataclass(frozen=True, kw_only=True)
class CropAndMirror:
    """How far a photo may be shifted.

    Attributes:
        padding: Pixels to each side, drawn for each photo and direction.
        mirror: Whether half of the photos are mirrored.
    """

    padding: int = 4
    mirror: bool = True

    def __post_init__(self) -> None:
        """Refuse a shift by less than nothing."""
        if self.padding < 0:
            raise ValueError(f"padding is {self.padding}; give 0 (off) or more pixels")


def crop_and_mirror(images: Tensor, strength: CropAndMirror, generator: Generator) -> Tensor:
    """Return changed copies of `images`, float32 [batch, channels, height, width]."""
    count, _, height, width = images.shape
    places = 2 * strength.padding + 1
    top = torch.randint(places, (count, 1), generator=generator)
    left = torch.randint(places, (count, 1), generator=generator)
    turned = torch.rand(count, 1, generator=generator) < 0.5
    rows = top + torch.arange(height)  # [batch, height], places in the padded photo
    columns = left + torch.arange(width)  # [batch, width]
    if strength.mirror:
        columns = torch.where(turned, columns.flip(1), columns)
    padded = pad(images, (strength.padding,) * 4, mode="reflect").permute(0, 2, 3, 1)
    photo = torch.arange(count).view(-1, 1, 1)
    # [batch, height, width, channels]: the memory that channels-last training wants
    chosen = padded[photo, rows[:, :, None], columns[:, None, :]]
    return chosen.permute(0, 3, 1, 2)
