"""Motions as other people and other pockets might have recorded them: turned, scaled, shaken, slow.

Source: Um et al. 2017, "Data Augmentation of Wearable Sensor Data for Parkinson's Disease
Monitoring using Convolutional Neural Networks", arXiv:1706.00527: jitter, scaling, rotation, and
time as it passes (there warped, here slowed down evenly: a window holds no more than it shows).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor


@dataclass(frozen=True, kw_only=True)
class MotionAugmentation:
    """How far a window of sensors may be changed; each draw differs from window to window.

    Attributes:
        jitter: Noise on every sample, standard deviation as a share of the channel's own.
        scale: Each sensor reads exp(-scale) to exp(scale) times as much.
        turn_degrees: The device sits so far turned, about any axis.
        slow: Up to this share of the time is cut off, anywhere; the rest is stretched over the
            window, as of somebody who takes longer.
    """

    jitter: float = 0.05
    scale: float = 0.1
    turn_degrees: float = 20.0
    slow: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a share that leaves nothing."""
        if not 0 <= self.slow < 1:
            raise ValueError(f"slow is {self.slow}; give 0 (off) to below 1")


def augment_motion(
    windows: Tensor,
    strength: MotionAugmentation,
    generator: Generator,
    *,
    mean: Sequence[float],
    std: Sequence[float],
) -> Tensor:
    """Return changed copies of `windows`, float32 [batch, channels, time], normalised.

    A device turns in m/s^2 and rad/s, with gravity in them, not in normalised numbers: so the
    normalisation is undone first and done again afterwards.

    Args:
        windows: Channels come in threes: x, y and z of one sensor; the accelerometer and gyroscope
            of one device, six channels, are turned together.
        strength: How far.
        generator: The same seed gives the same copies.
        mean: Of each channel, as it was subtracted.
        std: Of each channel, as it was divided by.
    """
    count, channels, time = windows.shape
    if channels % 6 or len(mean) != channels or len(std) != channels:
        raise ValueError(
            f"{channels} channels with {len(mean)} means and {len(std)} deviations; a device has "
            "six, three of its accelerometer and three of its gyroscope"
        )
    middle, spread = (torch.tensor(values)[:, None] for values in (mean, std))
    real = (windows * spread + middle).view(count, channels // 6, 2, 3, time)
    turn = _turns(count * (channels // 6), strength.turn_degrees, generator)
    turn = turn.view(count, channels // 6, 1, 3, 3)
    scale = torch.exp(_draw((count, channels // 6, 2, 1, 1), strength.scale, generator))
    changed = (turn @ real * scale).view(count, channels, time)
    if strength.slow:  # drawn only then: other recipes keep their random numbers
        changed = _slowed(changed, strength.slow, generator)
    noise = torch.randn(windows.shape, generator=generator) * strength.jitter
    return (changed - middle) / spread + noise


def _turns(count: int, degrees: float, generator: Generator) -> Tensor:
    """Return rotations [count, 3, 3] about axes of any direction.

    R = I + sin(a) K + (1 - cos(a)) K^2, K the cross product with the axis (Rodrigues).
    """
    axis = torch.randn(count, 3, generator=generator)
    axis = axis / axis.norm(dim=1, keepdim=True).clamp_min(1e-6)
    angle = _draw((count, 1, 1), math.radians(degrees), generator)
    x, y, z = axis.unbind(1)
    zero = torch.zeros(count)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).view(count, 3, 3)
    return torch.eye(3) + angle.sin() * cross + (1 - angle.cos()) * cross @ cross


def _slowed(windows: Tensor, share: float, generator: Generator) -> Tensor:
    """Return a part of each window, at least 1 - share of it, stretched to its length, linearly."""
    count, _, time = windows.shape
    cut = torch.rand(count, 1, generator=generator) * share  # of the window
    start = torch.rand(count, 1, generator=generator) * cut
    place = (start + torch.linspace(0, 1, time) * (1 - cut)) * (time - 1)  # [batch, time]
    left = place.long().clamp_max(time - 2)
    rest = (place - left)[:, None]
    index = left[:, None].expand_as(windows)
    return windows.gather(2, index) * (1 - rest) + windows.gather(2, index + 1) * rest


def _draw(shape: tuple[int, ...], reach: float, generator: Generator) -> Tensor:
    """Return numbers between -reach and reach."""
    return (torch.rand(shape, generator=generator) * 2 - 1) * reach
