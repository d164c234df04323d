from __future__ import annotations

import pytest
import torch

from edgeattn.training.crop import CropAndMirror, crop_and_mirror


def photos(count: int = 60) -> torch.Tensor:
    return torch.rand(count, 3, 8, 6, generator=torch.Generator().manual_seed(1))


def seed(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def test_without_any_strength_photos_stay_as_they_are() -> None:
    still = CropAndMirror(padding=0, mirror=False)
    assert torch.equal(crop_and_mirror(photos(), still, seed()), photos())


def test_a_shift_copies_whole_pixels() -> None:
    """Each photo is one of the nine windows of itself with a mirrored border, bit for bit."""
    images = photos()
    changed = crop_and_mirror(images, CropAndMirror(padding=1, mirror=False), seed())
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1), mode="reflect")
    windows = [padded[:, :, y : y + 8, x : x + 6] for y in range(3) for x in range(3)]
    hits = torch.stack([(window == changed).flatten(1).all(1) for window in windows])
    assert hits.any(0).all()
    assert hits.any(1).all()  # 60 photos: each of nine places was drawn


def test_about_half_of_the_photos_are_mirrored() -> None:
    images = photos(200)
    changed = crop_and_mirror(images, CropAndMirror(padding=0), seed())
    mirrored = (changed == images.flip(3)).flatten(1).all(1).sum()
    kept = (changed == images).flatten(1).all(1).sum()
    assert mirrored + kept == 200
    assert 70 < mirrored < 130  # four standard deviations around 100


def test_the_same_seed_gives_the_same_photos_and_leaves_the_original_untouched() -> None:
    images = photos()
    first = crop_and_mirror(images, CropAndMirror(), seed(3))
    assert torch.equal(first, crop_and_mirror(images, CropAndMirror(), seed(3)))
    assert not torch.equal(first, crop_and_mirror(images, CropAndMirror(), seed(4)))
    assert torch.equal(images, photos())


def test_a_shift_by_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="padding is -1; give 0"):
        CropAndMirror(padding=-1)
