import re
import xml.etree.ElementTree as ET

import pytest

from edgeattn.report.curves import HEIGHT, STYLE, WIDTH, Series, line_chart, standalone, ticks


def chart(*series, **options):
    return line_chart(series, **{"unit": "ms", "across": "minutes", "label": "a curve", **options})


def series(*ys, **options):
    points = tuple((float(x), y) for x, y in enumerate(ys))
    return Series(**{"name": "median", "points": points, **options})


def path(svg):
    """Return the steps of the first line: (M or L, x, y)."""
    [line, *_] = [one for one in ET.fromstring(svg) if one.tag == "path"]
    found = re.findall(r"([ML])([\d.]+) ([\d.]+)", line.get("d"))
    return [(step, float(x), float(y)) for step, x, y in found]


def labels(svg):
    return [one.text for one in ET.fromstring(svg) if one.tag == "text"]


def test_time_runs_to_the_right_and_larger_is_higher():
    (_, x0, y0), (_, x1, y1) = path(chart(series(1.0, 3.0)))
    assert x0 < x1
    assert y0 > y1
    assert x0 >= 0
    assert x1 <= WIDTH
    assert y1 >= 0
    assert y0 <= HEIGHT


def test_what_was_not_measured_breaks_the_line():
    assert [step for step, _, _ in path(chart(series(1.0, 2.0, None, 3.0)))] == ["M", "L", "M"]


def test_the_axis_begins_at_zero_where_that_hides_nothing():
    assert labels(chart(series(3.0, 4.5)))[0] == "0"
    assert labels(chart(series(1790.0, 1800.0)))[0] != "0"


@pytest.mark.parametrize("ys", [(5.0,), (5.0, 5.0), (0.0, 0.0), (-2.0, 3.0)])
def test_flat_short_and_negative_curves_are_drawn(ys):
    assert len(path(chart(series(*ys)))) == len(ys)


def test_a_single_point_is_marked_or_it_would_not_show():
    assert "<circle" in chart(series(5.0))


def test_a_curve_without_values_is_empty():
    assert not series(None, None).measured
    assert chart(series(None, None)) == ""


def test_points_that_are_not_to_be_compared_are_hollow():
    svg = chart(series(1.0, 2.0, 3.0, hollow=frozenset({1})), dots=True)
    kinds = [one.get("class") for one in ET.fromstring(svg) if one.tag == "circle"]
    assert ["hollow" in kind for kind in kinds] == [False, True, False]


def test_runs_are_whole_numbers_on_their_axis():
    below = [text for text in labels(chart(series(1.0, 2.0, 3.0), across="run")) if text]
    assert "0.5" not in below
    assert "run" in below


def test_words_are_escaped():
    svg = chart(series(1.0), label='"><script>')
    assert "<script>" not in svg
    assert ET.fromstring(svg).get("aria-label") == '"><script>'


def test_a_file_of_its_own_is_sound_and_carries_its_style():
    svg = standalone([("Latency", chart(series(1.0, 2.0)), ("median",))], "Run 1", ["a & b"])
    root = ET.fromstring(svg)
    texts = [one.text for one in root.iter() if one.tag.endswith("text")]
    assert texts[:4] == ["Run 1", "a & b", "Latency", "median"]
    assert STYLE in svg


@pytest.mark.parametrize(
    ("ends", "expected"),
    [((0, 9.3), (0, 2.5, 5, 7.5)), ((0, 100), (0, 25, 50, 75)), ((1.2, 1.3), (1.2, 1.225))],
)
def test_ticks_are_round_numbers(ends, expected):
    assert ticks(*ends)[: len(expected)] == pytest.approx(expected)


@pytest.mark.parametrize("ends", [(0, 1e-6), (-3, 7), (1e6, 1e9), (0.1, 0.7)])
def test_ticks_lie_inside_and_are_few(ends):
    found = ticks(*ends)
    assert 1 <= len(found) <= 5
    assert all(ends[0] - 1e-9 <= tick <= ends[1] * (1 + 1e-9) for tick in found)
