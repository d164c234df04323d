import xml.etree.ElementTree as ET

from edgeattn.report.candidates import rows_of
from edgeattn.report.panels import (
    accuracy_lines,
    change_lines,
    instruction_lines,
    latency_lines,
    size_lines,
)
from edgeattn.report.quantities import NARROW


def width(line):
    [fill] = [part for part in ET.fromstring(line.chart) if "fill" in part.get("class")]
    return float(fill.get("width"))


def test_the_largest_file_fills_the_width(report):
    widths = [width(line) for line in size_lines(rows_of(report()))]
    assert widths == [1000.0, 1000.0, 306.1]  # 412,331 / 1,347,211 bytes


def test_accuracy_is_drawn_from_zero_so_that_no_difference_is_blown_up(report):
    assert [width(line) for line in accuracy_lines(rows_of(report()))] == [947.0, 947.0, 943.0]


def test_the_latency_scale_has_room_for_the_longest_whisker(report):
    first = latency_lines(rows_of(report()))[0]
    assert width(first) == 825.7  # p50 4.12 of p99 4.99


def test_a_busy_machine_does_not_shrink_the_bars(report, candidate):
    one = candidate(latency_ms={"p50": 1.0, "p90": 5.0, "p99": 13.0})
    [line] = latency_lines(rows_of(report(candidates=[one])))
    assert width(line) == 625.0  # 1 / 1.6 of the width


def test_a_lost_point_is_drawn_on_the_left_with_its_interval(report):
    line = change_lines(rows_of(report()), 1.0)[2]
    assert line.text.startswith("\N{MINUS SIGN}0.33")
    assert line.aside.replace(NARROW, " ") == "\N{MINUS SIGN}1.33 … +0.67"


def test_an_interval_without_width_is_not_told(report):
    assert change_lines(rows_of(report()), 1.0)[0].aside == ""


def test_what_was_not_measured_has_no_chart(report):
    rows = rows_of(report(candidates=[{"engine": "onnx", "precision": "int8"}]))
    for lines in (latency_lines(rows), size_lines(rows), change_lines(rows, None)):
        assert [(line.chart, line.text) for line in lines] == [(None, "not measured")]


def test_instructions_are_scaled_to_the_most(report, fp32, candidate):
    counted = [
        fp32(instructions_m={"p50": 8.0}),
        candidate(instructions_m={"p50": 4.0}),
        candidate(stock=True),
    ]
    lines = instruction_lines(rows_of(report(candidates=counted)))
    assert [line.text.split(NARROW)[0] for line in lines] == ["8.00", "4.00", "not measured"]
