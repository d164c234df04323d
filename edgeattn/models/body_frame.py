"""What a sensor says of the body, whichever way the device lies: nine numbers instead of six.

A phone lies differently in every pocket, so the same step shows on other axes, and a model that
learns axes learns pockets. Of a few vectors, what a rotation leaves alone is their dot products
(Weyl 1939, "The Classical Groups", first fundamental theorem). Here they are, of each sample's
acceleration a and rotation w with each other and with four vectors of the whole window:

    |a|  a.g  a.g1  a.g2      g   gravity: the mean acceleration; g1, g2 of the first and the last
    |w|  w.g  w.r             r   the mean rotation                          quarter of the window
    a.w  a.r

a.g is what goes up and down, w.g turning on the spot, a.g1 and a.g2 how far the device has tilted
since the beginning and will until the end. The mean acceleration is gravity as far as the body
begins and ends at the same speed (Mizell 2003, "Using Gravity to Estimate Accelerometer
Orientation", ISWC). Products, sums and roots: every format has them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

GRAVITY = 9.81  # m/s^2
BRISK = 2.0  # rad/s, a rotation: with it as unit all numbers are about as large
AXES = 3
SENSORS = 2 * AXES  # channels: x, y and z of accelerometer and gyroscope
CHANNELS = 9


def dot(one: Tensor, other: Tensor) -> Tensor:
    """Return the dot product over the axes: [batch, 3, time] twice -> [batch, 1, time]."""
    return (one * other).sum(1, keepdim=True)


class BodyFrame(nn.Module):
    """Windows of one device -> the numbers above.

    >>> BodyFrame((0.0,) * 6, (1.0,) * 6)(torch.ones(2, 6, 200)).shape
    torch.Size([2, 9, 200])
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        """Remember how windows were normalised: lengths and angles are those of real units.

        Args:
            mean: What was subtracted from each of the six channels, in m/s^2 and rad/s.
            std: What each was divided by then.
        """
        super().__init__()
        if len(mean) != SENSORS or len(std) != SENSORS:
            raise ValueError(
                f"{len(mean)} means and {len(std)} deviations; a device has {SENSORS} channels, "
                "x, y and z of its accelerometer and of its gyroscope"
            )
        unit = torch.tensor([GRAVITY] * AXES + [BRISK] * AXES)[:, None]
        self.register_buffer("mean", torch.tensor(list(mean))[:, None] / unit)
        self.register_buffer("std", torch.tensor(list(std))[:, None] / unit)

    def forward(self, x: Tensor) -> Tensor:
        """Turn windows [batch, 6, time], normalised, into [batch, 9, time]."""
        sensed = x * self.std + self.mean
        a, w = torch.split(sensed, AXES, dim=1)  # 2 x [batch, 3, time]
        quarter = x.shape[2] // 4
        g, r = a.mean(2, keepdim=True), w.mean(2, keepdim=True)  # 2 x [batch, 3, 1]
        g1 = a[:, :, :quarter].mean(2, keepdim=True)
        g2 = a[:, :, -quarter:].mean(2, keepdim=True)
        # A device at rest reads 1: what is taken away lets numbers be about 0 there.
        return torch.cat(
            [
                dot(a, a).sqrt() - 1, dot(a, g) - 1, dot(a, g1) - 1, dot(a, g2) - 1,
                dot(w, w).sqrt(), dot(w, g), dot(w, r),
                dot(a, w), dot(a, r),
            ],
            dim=1,
        )  # fmt: skip
