import torch

from edgeattn_converters.range_methods.entropy import CANDIDATES, least_divergence
from tests.converters.range_methods.tensors import TENSORS, histogram_of


def test_an_outlier_is_given_up():
    values = TENSORS["an outlier above"]
    _, high = least_divergence(histogram_of(values))
    assert values.sort().values[-2] * 0.9 < high < 40 / 4


def test_both_signs_are_cut_at_one_magnitude():
    values = torch.cat([TENSORS["an outlier above"], TENSORS["an outlier below"]])
    low, high = least_divergence(histogram_of(values))
    assert low == -high


def test_a_flat_tensor_is_cut_by_nothing_much():
    values = torch.linspace(-1, 1, 100_001)
    _, high = least_divergence(histogram_of(values))
    assert high >= 1 - 8 / CANDIDATES


def test_zeros_behind_a_relu_do_not_pull_the_bound_in():
    values = TENSORS["behind a ReLU"]
    _, without = least_divergence(histogram_of(values[values > 0]))
    _, found = least_divergence(histogram_of(values))
    assert found == without


def test_fewer_bins_than_levels_lose_nothing():
    assert least_divergence(histogram_of(torch.tensor([0.0, 1e-9]))) == (
        0.0,
        float(torch.tensor(1e-9)),
    )
