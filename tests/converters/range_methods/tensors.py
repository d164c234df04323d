"""Tensors that range methods are tested on."""

from __future__ import annotations

import torch

from edgeattn_converters.histogram import Histogram
from edgeattn_converters.scale import affine


def _random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _with_outlier(value: float) -> torch.Tensor:
    values = torch.randn(20_000, generator=_random())
    values[0] = value
    return values


TENSORS = {
    "normal": torch.randn(20_000, generator=_random()),
    "behind a ReLU": torch.randn(20_000, generator=_random()).relu(),
    "only negative": -torch.rand(20_000, generator=_random()) - 1,
    "an outlier above": _with_outlier(40.0),
    "an outlier below": _with_outlier(-40.0),
    "two values": torch.tensor([-1.0, 2.0]),
}


def histogram_of(values: torch.Tensor) -> Histogram:
    """Return the histogram of one tensor."""
    histogram = Histogram()
    histogram.add(values)
    return histogram


def int8_error(values: torch.Tensor, bounds: tuple[float, float]) -> float:
    """Return the mean squared error of int8 on the grid that scale.affine makes of bounds."""
    grid = affine(*bounds)
    levels = ((values.double() / grid.scale).round() + grid.zero_point).clamp(-128, 127)
    return float(((levels - grid.zero_point) * grid.scale - values).square().mean())
