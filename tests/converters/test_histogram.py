"""The histogram: exact counts, whatever the order and the magnitudes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from edgeattn_converters.histogram import SIDE, Histogram


def histogram_of(*samples: torch.Tensor) -> Histogram:
    histogram = Histogram()
    for sample in samples:
        histogram.add(sample)
    return histogram


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_every_value_lies_in_its_bin() -> None:
    values = normal(1000)
    histogram = histogram_of(values)
    ends, counts = histogram.filled()
    edges = np.append(ends.numpy(), np.inf)
    expected, _ = np.histogram(values.double().numpy(), edges)
    assert counts.tolist() == expected.tolist()
    assert (histogram.low, histogram.high) == (float(values.min()), float(values.max()))


def test_the_wider_side_fills_at_least_half_of_its_bins() -> None:
    histogram = histogram_of(torch.tensor([-1.0, 3.0]))
    assert SIDE / 2 <= histogram.high / histogram.width < SIDE


def test_very_different_magnitudes_count_the_same_in_any_order() -> None:
    samples = [normal(50, seed=1) * 1e-6, normal(50, seed=2), normal(50, seed=3) * 1e5]
    first = histogram_of(*samples)
    for order in itertools.permutations(samples):
        found = histogram_of(*order)
        assert found.width == first.width
        assert torch.equal(found.counts, first.counts)
        assert (found.low, found.high) == (first.low, first.high)


def test_one_sample_at_a_time_counts_as_all_at_once() -> None:
    whole = normal(4, 100)
    assert torch.equal(histogram_of(*whole).counts, histogram_of(whole).counts)


def test_a_doubling_merges_neighbours_on_both_sides_of_zero() -> None:
    histogram = histogram_of(torch.tensor([-1.0, 1.0]) * SIDE / 4)
    assert histogram.width == 0.5
    histogram.add(torch.tensor([float(SIDE) - 1]))
    assert histogram.width == 1.0
    ends, counts = histogram.filled()
    assert ends.tolist() == [-SIDE / 4, SIDE / 4, SIDE - 1]
    assert counts.tolist() == [1, 1, 1]


def test_a_constant_zero_is_one_bin() -> None:
    histogram = histogram_of(torch.zeros(7))
    ends, counts = histogram.filled()
    assert (ends.tolist(), counts.tolist()) == ([0.0], [7.0])
    assert (histogram.low, histogram.high) == (0.0, 0.0)


@pytest.mark.parametrize("value", [3e38, -3e38, 1e-38, -1e-38, 1e-45])
def test_the_smallest_and_largest_floats_have_a_bin(value: float) -> None:
    histogram = histogram_of(torch.tensor([value]))
    ends, _ = histogram.filled()
    assert float(ends[0]) <= value < float(ends[0]) + histogram.width


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_what_no_bin_holds_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="a histogram holds finite ones"):
        histogram_of(torch.tensor([1.0, value]))
