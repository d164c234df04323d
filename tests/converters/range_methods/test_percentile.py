import pytest
import torch

from edgeattn_converters.range_methods.percentile import percentiles
from tests.converters.range_methods.tensors import TENSORS, histogram_of


@pytest.mark.parametrize("percentile", [99.0, 99.9])
@pytest.mark.parametrize("name", ["normal", "behind a ReLU", "an outlier above"])
def test_the_bounds_are_the_percentiles_up_to_a_bin(name, percentile):
    histogram = histogram_of(TENSORS[name])
    low, high = percentiles(histogram, percentile)
    values = TENSORS[name].sort().values
    given_up = int(len(values) * (100 - percentile) / 100 + 0.5)  # on each side
    exact_low, exact_high = float(values[given_up]), float(values[-1 - given_up])
    assert exact_low - histogram.width <= low <= exact_low
    assert exact_high <= high <= exact_high + histogram.width


def test_no_more_than_was_allowed_is_outside():
    values = TENSORS["normal"]
    low, high = percentiles(histogram_of(values), 99.9)
    assert (values < low).sum() <= len(values) * 0.001
    assert (values > high).sum() <= len(values) * 0.001
    assert (values < low).sum() > 0


def test_a_hundred_percent_are_the_extremes():
    values = TENSORS["an outlier above"]
    assert percentiles(histogram_of(values), 100) == (float(values.min()), float(values.max()))


def test_few_values_lose_none():
    # Of 100 values 0.01 % is none.
    values = torch.linspace(-1, 1, 100)
    assert percentiles(histogram_of(values), 99.99) == (-1.0, 1.0)
