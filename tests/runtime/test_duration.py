from __future__ import annotations

import pytest

from edgeattn_runtime.duration import duration_s


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("1h", 3600)])
def test_durations_read_as_people_write_them(text, seconds):
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-3m", "nan", "inf", "1e999h", "m", "10 min"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  (argparse and click say the rest)
        duration_s(text)
