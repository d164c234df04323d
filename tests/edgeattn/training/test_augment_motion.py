from __future__ import annotations

import pytest
import torch

from edgeattn.training.augment_motion import MotionAugmentation, augment_motion

MEAN = (1.0, -2.0, 9.0, 0.1, 0.0, -0.1)
STD = (3.0, 4.0, 2.0, 0.5, 1.0, 0.7)
STILL = MotionAugmentation(jitter=0, scale=0, turn_degrees=0)


def windows(count: int = 4, devices: int = 1) -> torch.Tensor:
    return torch.randn(count, 6 * devices, 50, generator=torch.Generator().manual_seed(1))


def changed(strength: MotionAugmentation, number: int = 0, devices: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(number)
    return augment_motion(
        windows(devices=devices), strength, generator, mean=MEAN * devices, std=STD * devices
    )


def real(x: torch.Tensor) -> torch.Tensor:
    """Return m/s^2 and rad/s, [batch, sensors, 3, time]."""
    spread, middle = torch.tensor(STD)[:, None], torch.tensor(MEAN)[:, None]
    return (x.view(len(x), -1, 6, 50) * spread + middle).view(len(x), -1, 3, 50)


def test_without_any_strength_windows_stay_as_they_are() -> None:
    # normalised numbers of about 1 there and back in float32
    torch.testing.assert_close(changed(STILL), windows(), rtol=0, atol=1e-5)


def test_the_same_seed_gives_the_same_windows_and_another_gives_others() -> None:
    first = changed(MotionAugmentation(), 3)
    assert torch.equal(first, changed(MotionAugmentation(), 3))
    assert not torch.equal(first, changed(MotionAugmentation(), 4))


def test_a_turn_keeps_every_length_gravity_s_included() -> None:
    turned = changed(MotionAugmentation(jitter=0, scale=0, turn_degrees=90))
    assert not torch.allclose(turned, windows(), atol=0.1)
    # float32 rotation of vectors up to 20 m/s^2
    torch.testing.assert_close(
        real(turned).norm(dim=2), real(windows()).norm(dim=2), rtol=1e-4, atol=1e-4
    )


def test_both_sensors_of_a_device_turn_together_and_devices_apart() -> None:
    turned = real(changed(MotionAugmentation(jitter=0, scale=0, turn_degrees=90), devices=2))
    before = real(windows(devices=2))
    for sensor in range(0, 4, 2):  # the angle between acceleration and rotation stays
        torch.testing.assert_close(
            (turned[:, sensor] * turned[:, sensor + 1]).sum(1),
            (before[:, sensor] * before[:, sensor + 1]).sum(1),
            rtol=1e-3, atol=1e-3,  # float32, products up to 60
        )  # fmt: skip
    apart = (turned[:, 0] * turned[:, 2]).sum(1) - (before[:, 0] * before[:, 2]).sum(1)
    assert apart.abs().max() > 1


def test_a_scale_is_one_number_per_sensor() -> None:
    share = real(changed(MotionAugmentation(jitter=0, scale=0.3, turn_degrees=0))) / real(windows())
    first = share[:, :, :1, :1]
    # a quotient of values near zero loses digits: the median does not
    assert (share - first).abs().flatten().median() < 1e-4
    assert 0.74 < first.min() < first.max() < 1.35
    assert first.flatten().unique().numel() == 8


def test_jitter_is_a_share_of_each_channel_s_spread() -> None:
    noise = changed(MotionAugmentation(jitter=0.1, scale=0, turn_degrees=0)) - windows()
    # 1,200 samples estimate a deviation within 2 %; five times that is room
    assert abs(float(noise.std()) - 0.1) < 0.01


@pytest.mark.parametrize("mean", [MEAN[:3], MEAN * 2])
def test_channels_without_their_normalisation_are_refused(mean: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=rf"6 channels with {len(mean)} means and 6 deviations"):
        augment_motion(windows(), STILL, torch.Generator(), mean=mean, std=STD)


def test_a_slowed_window_shows_a_part_of_it_in_order_and_within_its_ends() -> None:
    clock = torch.arange(50.0).expand(64, 6, 50)  # every channel tells the time
    strength = MotionAugmentation(jitter=0, scale=0, turn_degrees=0, slow=0.4)
    slowed = augment_motion(
        clock, strength, torch.Generator().manual_seed(0), mean=(0.0,) * 6, std=(1.0,) * 6
    )
    step = slowed.diff(dim=2)
    # float32 places up to 49: each window runs evenly, at 60 % of its speed or more
    torch.testing.assert_close(step, step[:, :, :1].expand_as(step), rtol=0, atol=1e-4)
    assert 0.6 - 1e-4 <= float(step.min()) < 0.7 < 0.9 < float(step.max()) <= 1 + 1e-4
    assert float(slowed.min()) >= -1e-4
    assert float(slowed.max()) <= 49 + 1e-4
    assert slowed[:, :, 0].unique().numel() > 32  # begun anywhere


@pytest.mark.parametrize("slow", [-0.1, 1.0])
def test_a_window_cannot_be_cut_off_whole(slow: float) -> None:
    with pytest.raises(ValueError, match=f"slow is {slow}; give 0"):
        MotionAugmentation(slow=slow)
