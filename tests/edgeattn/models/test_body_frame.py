from __future__ import annotations

import pytest
import torch

from edgeattn.models.body_frame import BRISK, CHANNELS, GRAVITY, BodyFrame

MEAN = (1.0, -2.0, 9.0, 0.1, 0.0, -0.1)
STD = (3.0, 4.0, 2.0, 0.5, 1.0, 0.7)


def real(count: int = 3, time: int = 40) -> torch.Tensor:
    """Return m/s^2 and rad/s, [batch, 6, time]."""
    noise = torch.randn(count, 6, time, generator=torch.Generator().manual_seed(1))
    return noise * torch.tensor(STD)[:, None] + torch.tensor(MEAN)[:, None]


def seen(windows: torch.Tensor) -> torch.Tensor:
    """Normalise as the data set does, and look."""
    x = (windows - torch.tensor(MEAN)[:, None]) / torch.tensor(STD)[:, None]
    return BodyFrame(MEAN, STD)(x)


def turned(windows: torch.Tensor) -> torch.Tensor:
    """Return what a device says that lies any other way."""
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(2)))[0]
    turn = turn * torch.det(turn)  # no mirror
    return (turn @ windows.view(len(windows), 2, 3, -1)).view_as(windows)


def test_it_makes_no_difference_how_the_device_lies() -> None:
    # float32 dot products of up to 10
    torch.testing.assert_close(seen(turned(real())), seen(real()), rtol=0, atol=1e-5)
    assert not torch.allclose(turned(real()), real(), atol=0.1)


def test_a_device_at_rest_says_nothing() -> None:
    still = torch.zeros(1, 6, 40)
    still[:, 1] = -GRAVITY
    # 9.81 there and back in float32
    torch.testing.assert_close(seen(still), torch.zeros(1, CHANNELS, 40), rtol=0, atol=1e-5)


def test_turning_on_the_spot_shows_and_which_way() -> None:
    window = torch.zeros(1, 6, 40)
    window[:, 1] = GRAVITY
    window[:, 4, 20:] = BRISK  # about gravity, in the second half
    about_gravity = seen(window)[0, 5]
    # float32
    torch.testing.assert_close(about_gravity[:20], torch.zeros(20), rtol=0, atol=1e-5)
    torch.testing.assert_close(about_gravity[20:], torch.ones(20), rtol=0, atol=1e-5)
    window[:, 4] *= -1
    assert float(seen(window)[0, 5, 30]) == pytest.approx(-1, abs=1e-5)


def test_a_tilt_shows_against_the_beginning_and_against_the_end() -> None:
    window = torch.zeros(1, 6, 40)
    window[:, 1, :20] = GRAVITY
    window[:, 2, 20:] = GRAVITY  # a quarter turn: the dot product with 1 is 0, less 1 is -1
    since, until = seen(window)[0, 2], seen(window)[0, 3]
    wanted = torch.cat([torch.zeros(20), -torch.ones(20)])
    # float32
    torch.testing.assert_close(since, wanted, rtol=0, atol=1e-5)
    torch.testing.assert_close(until, wanted.flip(0), rtol=0, atol=1e-5)


def test_channels_of_another_device_are_refused() -> None:
    with pytest.raises(ValueError, match="12 means and 6 deviations; a device has 6 channels"):
        BodyFrame(MEAN * 2, STD)
