import pytest

from edgeattn_converters.range_methods.squared_error import least_squared_error
from tests.converters.range_methods.tensors import TENSORS, histogram_of, int8_error


@pytest.mark.parametrize("values", TENSORS.values(), ids=TENSORS)
def test_int8_errs_no_more_than_over_the_whole_range(values):
    found = int8_error(values, least_squared_error(histogram_of(values)))
    whole = int8_error(values, (float(values.min()), float(values.max())))
    # Bins stand for their centres: a 16th of a step or less, hardly 1 % of the error.
    assert found <= whole * 1.01


def test_a_normal_tensor_is_cut_where_theory_says():
    # 256 levels of a Gaussian are best at +-3.9 standard deviations (Choukroun et al. 2019 give
    # 3.92 for 8 bits); the error is flat there, and bounds come in steps of 2 %.
    low, high = least_squared_error(histogram_of(TENSORS["normal"]))
    assert 3.5 < high < 4.3
    assert -4.3 < low < -3.5


def test_no_bounds_on_a_fine_grid_are_much_better():
    values = TENSORS["an outlier above"]
    low, high = float(values.min()), float(values.max())
    best = min(
        int8_error(values, (low * down / 20, high * up / 20))
        for down in range(6, 21)
        for up in range(1, 21)
    )
    assert int8_error(values, least_squared_error(histogram_of(values))) <= best * 1.05
