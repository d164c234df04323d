import click
import pytest

from edgeattn.cli.duration import read_duration


@pytest.mark.parametrize(("given", "seconds"), [("3m", 180), ("90s", 90), (90, 90), (None, None)])
def test_durations_come_as_words_numbers_or_not_at_all(given, seconds):
    assert read_duration(None, None, given) == seconds


@pytest.mark.parametrize("given", ["long", "0s", "-3m", ""])
def test_what_is_no_duration_is_a_usage_error(given):
    with pytest.raises(click.BadParameter, match="is no duration; give 90s, 3m or 1h"):
        read_duration(None, None, given)
