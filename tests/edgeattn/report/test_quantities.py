import math

import pytest

from edgeattn.report import quantities as q

UNITS = {
    q.milliseconds: 4.567,
    q.percent: 0.937,
    q.points: 0.33,
    q.size: 1000,
    q.megabytes: 48.3,
    q.times: 2.13,
    q.decibels: 38.2,
    q.count: 12,
}


@pytest.mark.parametrize("write", UNITS)
@pytest.mark.parametrize("value", [None, math.nan, math.inf, "12", True, [1.0], {}])
def test_what_is_no_number_reads_not_measured(write, value):
    assert write(value) == "not measured"


@pytest.mark.parametrize(("write", "value"), UNITS.items())
def test_a_number_is_measured(write, value):
    assert write(value) != "not measured"


def words(text):
    """The text with an ordinary space and an ordinary hyphen, for the eye."""
    return (
        text.replace(q.NARROW, " ")
        .replace(q.MINUS, "-")
        .replace(q.MICRO, "u")
        .replace("\N{MULTIPLICATION SIGN}", "x")
    )


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (q.milliseconds(0.04567), "45.7 us"),
        (q.milliseconds(0.4567), "0.457 ms"),
        (q.milliseconds(0), "0 ms"),
        (q.milliseconds(152.4), "152 ms"),
        (q.milliseconds(999.9), "1000 ms"),
        (q.milliseconds(1234), "1.23 s"),
        (q.percent(0.9371), "93.7 %"),
        (q.points(-0.333), "-0.33 pp"),
        (q.points(0.333), "+0.33 pp"),
        (q.points(-0.0), "0.00 pp"),
        (q.points(-0.004), "0.00 pp"),
        (q.size(999), "999 B"),
        (q.size(412_331), "412 kB"),
        (q.size(1_347_211), "1.35 MB"),
        (q.size(2_500_000_000), "2.50 GB"),
        (q.times(2.134), "2.13x"),
        (q.decibels(-3.21), "-3.2 dB"),
        (q.count(331_234), "331 k"),
        (q.count(1_900_000), "1.90 M"),
        (q.count(12), "12"),
    ],
)
def test_a_number_has_its_unit_and_three_digits(written, text):
    assert words(written) == text


def test_an_interval_is_put_in_order():
    assert q.interval([1.5, -0.5]) == (-0.5, 1.5)


@pytest.mark.parametrize("value", [None, [1.0], [1.0, None], [1, 2, 3], "12", [math.nan, 1.0]])
def test_what_is_no_interval_is_none(value):
    assert q.interval(value) is None


def test_instructions_energy_and_axes_have_their_words():
    assert q.instructions(4.2401) == f"4.24{q.NARROW}M{q.NARROW}instr."
    assert q.millijoules(3.214) == f"3.21{q.NARROW}mJ"
    assert q.instructions(None) == q.millijoules("3") == q.NOT_MEASURED
    assert [q.plain(value) for value in (2.5, 1500.0, -0.1)] == ["2.5", "1500", f"{q.MINUS}0.1"]
