import pytest

from edgeattn_converters.range_method import NAMES, RangeMethod
from edgeattn_runtime.errors import BadUsage


def test_a_method_nobody_knows_is_refused():
    with pytest.raises(BadUsage, match="calibration is 'ema'; choose from minmax, percentile, mse"):
        RangeMethod("ema")


@pytest.mark.parametrize("percentile", [0, 50, 100.1, float("nan"), float("inf")])
def test_a_percentile_that_covers_nothing_or_means_nothing_is_refused(percentile):
    with pytest.raises(BadUsage, match="give a number above 50 and up to 100"):
        RangeMethod("percentile", percentile)


def test_all_but_extremes_need_a_histogram():
    assert [name for name in NAMES if not RangeMethod(name).clips] == ["minmax"]
