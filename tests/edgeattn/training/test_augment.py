from __future__ import annotations

from dataclasses import replace

import torch

from edgeattn.training.augment import Augmentation, augment

STILL = Augmentation(
    shift=0, turn_degrees=0, zoom=0, contrast=0, brightness=0, mirror=False
)  # fmt: skip


def photos(count: int = 6) -> torch.Tensor:
    return torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def seed(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def test_without_any_strength_photos_stay_as_they_are() -> None:
    # resampling at the pixels' own places: the last bits of values below 1
    torch.testing.assert_close(augment(photos(), STILL, seed()), photos(), rtol=0, atol=1e-5)


def test_pixels_stay_between_zero_and_one_and_the_original_stays_untouched() -> None:
    images = photos()
    before = images.clone()
    changed = augment(images, Augmentation(contrast=2.0, brightness=1.0), seed())
    assert changed.shape == images.shape
    assert 0 <= changed.min() < changed.max() <= 1
    assert torch.equal(images, before)


def test_the_same_seed_gives_the_same_photos_and_another_gives_others() -> None:
    first = augment(photos(), Augmentation(), seed(3))
    assert torch.equal(first, augment(photos(), Augmentation(), seed(3)))
    assert not torch.equal(first, augment(photos(), Augmentation(), seed(4)))


def test_about_half_of_the_photos_are_mirrored() -> None:
    images = photos(200)
    changed = augment(images, replace(STILL, mirror=True), seed())
    mirrored = ((changed - images.flip(3)).abs().amax((1, 2, 3)) < 1e-4).sum()
    kept = ((changed - images).abs().amax((1, 2, 3)) < 1e-4).sum()
    assert mirrored + kept == 200
    assert 70 < mirrored < 130  # four standard deviations around 100


def test_a_shift_moves_by_a_share_of_half_the_side() -> None:
    """On a ramp from left to right, a shift changes every inner pixel by the same amount."""
    ramp = torch.linspace(0, 1, 64).expand(50, 3, 64, 64)
    moved = augment(ramp, replace(STILL, shift=0.25), seed())
    pixels = (moved - ramp)[:, 0, 32, 32] * 63  # 64 pixels span the ramp
    assert 4 < pixels.abs().max() <= 8.01  # 0.25 of 32
    assert pixels.min() < 0 < pixels.max()


def test_brightness_lifts_a_photo_as_a_whole() -> None:
    grey = torch.full((40, 3, 8, 8), 0.5)
    lifted = augment(grey, replace(STILL, brightness=0.2), seed())
    assert (lifted - lifted[:, :1, :1, :1]).abs().max() < 1e-6
    assert 0.3 <= lifted.min() < 0.4 < 0.6 < lifted.max() <= 0.7


def test_contrast_keeps_the_mean_of_a_photo() -> None:
    images = photos() * 0.2 + 0.4  # far from the borders, so that nothing is clipped
    changed = augment(images, replace(STILL, contrast=0.5), seed())
    torch.testing.assert_close(
        changed.mean((1, 2, 3)), images.mean((1, 2, 3)), rtol=0, atol=1e-5
    )  # fmt: skip
    assert not torch.allclose(changed, images, atol=1e-3)
