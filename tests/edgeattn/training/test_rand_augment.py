from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import Generator, Tensor

from edgeattn.training import rand_augment as module
from edgeattn.training.rand_augment import OPERATIONS, RandAugment, rand_augment

LEVEL = 1 / 255


@pytest.fixture
def photos() -> Tensor:
    """Smooth colours with some noise, in whole levels as a file has them."""
    draw = torch.Generator().manual_seed(0)
    ramp = torch.linspace(0.1, 0.8, 16)
    smooth = torch.stack(
        [ramp.expand(16, 16), ramp[:, None].expand(16, 16), ramp.flip(0).expand(16, 16)]
    )
    noisy = smooth + 0.1 * torch.rand(6, 3, 16, 16, generator=draw)
    return (noisy * 255).round() / 255


def test_changed_photos_stay_photos_and_are_decided_by_the_seed(photos: Tensor) -> None:
    strength = RandAugment(operations=3, magnitude=30)
    before = photos.clone()
    made = [rand_augment(photos, strength, Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert made[0].shape == photos.shape
    assert made[0].min() >= -1e-6
    assert made[0].max() <= 1 + 1e-6
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])
    assert torch.equal(photos, before)


def test_photos_of_a_batch_are_changed_differently(photos: Tensor) -> None:
    same = photos[:1].expand(6, -1, -1, -1)
    made = rand_augment(same, RandAugment(), Generator().manual_seed(0))
    assert len({one.numpy().tobytes() for one in made}) > 3


def test_no_operation_leaves_photos_alone(photos: Tensor) -> None:
    strength = RandAugment(operations=0, mirror=False)
    assert torch.equal(rand_augment(photos, strength, Generator()), photos)


WITH_MAGNITUDE = [one for one in OPERATIONS if one.__name__ not in ("_auto_contrast", "_equalize")]


@pytest.mark.parametrize("operation", WITH_MAGNITUDE, ids=lambda one: one.__name__)
def test_at_magnitude_zero_nothing_changes(operation, photos: Tensor) -> None:
    made = operation(photos, torch.zeros(len(photos), 1, 1, 1))
    if operation.__name__ == "_solarize":
        assert torch.equal(made[photos < 1], photos[photos < 1])
    else:
        torch.testing.assert_close(made, photos, atol=1e-5, rtol=0)  # float32 resampling


@pytest.mark.parametrize(
    ("ours", "pillow", "levels"),
    [
        ("_auto_contrast", lambda image: ImageOps.autocontrast(image), 1),
        ("_posterize", lambda image: ImageOps.posterize(image, 6), 0.01),
        ("_solarize", lambda image: ImageOps.solarize(image, 128), 0.01),
        ("_brightness", lambda image: ImageEnhance.Brightness(image).enhance(1.45), 1),
        ("_contrast", lambda image: ImageEnhance.Contrast(image).enhance(1.45), 2),
        ("_colour", lambda image: ImageEnhance.Color(image).enhance(1.45), 2),
        ("_sharpness", lambda image: ImageEnhance.Sharpness(image).enhance(1.45), 2),
    ],
)
def test_colours_change_as_in_pillow(ours, pillow, levels: float, photos: Tensor) -> None:
    """Pillow rounds to whole levels, in between as well: hence the tolerances, in levels."""
    made = getattr(module, ours)(photos[:1], torch.full((1, 1, 1, 1), 0.5))[0]
    image = Image.fromarray((photos[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8))
    theirs = np.asarray(pillow(image), np.float32).transpose(2, 0, 1) / 255
    assert np.abs(made.numpy() - theirs).max() <= levels * LEVEL + 1e-6


def test_equalize_spreads_levels_evenly(photos: Tensor) -> None:
    made = module._equalize(photos, torch.zeros(6, 1, 1, 1))
    share = made.flatten(2).sort(2).values
    even = torch.linspace(0, 1, share.shape[2])
    assert (share - even).abs().max() < 0.1  # pixels of one level stay together
    assert (photos.flatten(2).sort(2).values - even).abs().max() > 0.1


@pytest.mark.parametrize(("ours", "axis"), [("_shift_across", 3), ("_shift_down", 2)])
def test_a_shift_moves_by_its_share_of_half_the_side(ours: str, axis: int) -> None:
    photo = torch.zeros(1, 3, 20, 20)
    photo[:, :, 10, 10] = 1
    made = getattr(module, ours)(photo, torch.full((1, 1, 1, 1), 1.0))  # 0.9 * 10 = 9 pixels
    assert made.sum(dim=5 - axis)[0, 0].argmax() == 1  # the content moves towards the origin


@pytest.mark.parametrize(
    ("choice", "message"),
    [({"operations": -1}, "operations is -1; give 0 or more"), ({"magnitude": 31}, "give 0 to 30")],
)
def test_what_is_off_the_scale_is_refused(choice: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RandAugment(**choice)  # type: ignore[arg-type]
