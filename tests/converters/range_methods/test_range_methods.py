"""What every range method keeps to."""

from __future__ import annotations

import pytest
import torch

from edgeattn_converters.histogram import Histogram
from edgeattn_converters.range_method import NAMES, RangeMethod
from edgeattn_converters.range_methods import METHODS, bounds_of
from tests.converters.range_methods.tensors import TENSORS, histogram_of


def test_every_name_has_a_method() -> None:
    assert tuple(METHODS) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("values", TENSORS.values(), ids=TENSORS)
def test_bounds_lie_within_the_extremes_and_in_order(name: str, values: torch.Tensor) -> None:
    low, high = bounds_of(histogram_of(values), RangeMethod(name))
    assert float(values.min()) <= low <= high <= float(values.max())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("constant", [0.0, 2.5, -1e-9, -1e9])
def test_a_constant_keeps_its_value(name: str, constant: float) -> None:
    values = torch.full((5,), constant)
    found = bounds_of(histogram_of(values), RangeMethod(name))
    assert found == (float(values[0]), float(values[0]))


@pytest.mark.parametrize("name", NAMES)
def test_a_single_value_among_zeros_is_not_lost(name: str) -> None:
    # A mask, or a dead tensor with one live channel: two magnitudes and nothing between them.
    values = torch.zeros(1000)
    values[::4] = 1.0
    _, high = bounds_of(histogram_of(values), RangeMethod(name))
    assert high == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_samples_makes_no_difference(name: str) -> None:
    samples = [values * 10.0**power for power, values in enumerate(TENSORS.values())]
    forwards, backwards = Histogram(), Histogram()
    for sample, other in zip(samples, reversed(samples), strict=True):
        forwards.add(sample)
        backwards.add(other)
    assert bounds_of(forwards, RangeMethod(name)) == bounds_of(backwards, RangeMethod(name))
