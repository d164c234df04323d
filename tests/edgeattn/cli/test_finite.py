import click
import pytest

from edgeattn.cli.finite import FiniteRange


@pytest.mark.parametrize("given", ["nan", "inf", "-inf", "NaN"])
def test_what_is_no_finite_number_is_a_usage_error(given):
    with pytest.raises(click.BadParameter):
        FiniteRange().convert(given, None, None)


def test_the_range_holds_as_click_has_it():
    assert FiniteRange(min=0).convert("1.5", None, None) == 1.5
    with pytest.raises(click.BadParameter, match="is not in the range"):
        FiniteRange(min=0, min_open=True).convert("0", None, None)
