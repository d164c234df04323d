import xml.etree.ElementTree as ET

import pytest

from edgeattn.report.charts import bar, interval_dot, whisker_bar


def parsed(svg):
    """Return the chart as XML, which also shows that it is well formed."""
    return ET.fromstring(svg)


def fills(svg):
    return [
        (float(r.get("x")), float(r.get("width"))) for r in parsed(svg) if "fill" in r.get("class")
    ]


def lines(svg, kind):
    return [
        (float(one.get("x1")), float(one.get("x2")))
        for one in parsed(svg)
        if one.tag == "line" and one.get("class").split()[0] == kind
    ]


def test_a_bar_is_as_long_as_its_share_of_the_largest():
    assert fills(bar(1.0, 4.0, kind="int8", label="a")) == [(0.0, 250.0)]


@pytest.mark.parametrize(("value", "width"), [(9.0, 1000.0), (-1.0, 0.0), (0.0, 0.0)])
def test_a_bar_stays_inside_the_chart(value, width):
    assert fills(bar(value, 4.0, kind="int8", label="a")) == [(0.0, width)]


def test_a_bar_of_nothing_but_zeros_is_empty():
    assert fills(bar(0.0, 0.0, kind="int8", label="a")) == [(0.0, 0.0)]


def test_the_whisker_reaches_from_the_median_to_p99_with_a_tick_at_p90():
    svg = whisker_bar(2.0, 3.0, 4.0, 4.0, kind="float", label="a")
    assert fills(svg) == [(0.0, 500.0)]
    assert lines(svg, "whisker") == [(500.0, 1000.0), (750.0, 750.0), (1000.0, 1000.0)]


def test_a_whisker_longer_than_the_chart_runs_out_of_it_without_an_end():
    svg = whisker_bar(2.0, 3.0, 9.0, 4.0, kind="float", label="a")
    assert lines(svg, "whisker") == [(500.0, 1000.0), (750.0, 750.0)]


def test_without_percentiles_there_is_no_whisker():
    assert lines(whisker_bar(2.0, None, None, 4.0, kind="float", label="a"), "whisker") == []


def test_the_dot_the_zero_and_the_gate_stand_where_they_belong():
    svg = interval_dot(-0.5, (-1.0, 0.5), (-2.0, 2.0), gate=-1.0, kind="ship", label="a")
    assert lines(svg, "dot") == [(375.0, 375.0)]
    assert lines(svg, "zero") == [(500.0, 500.0)]
    assert lines(svg, "gate") == [(250.0, 250.0)]
    assert fills(svg) == [(250.0, 375.0)]


@pytest.mark.parametrize("gate", [None, -3.0])
def test_a_gate_that_is_absent_or_out_of_sight_is_not_drawn(gate):
    svg = interval_dot(0.0, None, (-2.0, 2.0), gate=gate, kind="ship", label="a")
    assert lines(svg, "gate") == []


def test_a_chart_says_what_it_shows_and_escapes_it():
    svg = bar(1.0, 2.0, kind="int8", label='"><script>alert(1)</script>')
    assert parsed(svg).get("aria-label") == '"><script>alert(1)</script>'
    assert "<script" not in svg
