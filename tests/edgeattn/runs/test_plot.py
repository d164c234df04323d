import xml.etree.ElementTree as ET

import pytest

from edgeattn.runs.history import list_runs, read_run
from edgeattn.runs.plot import draw_history, draw_sustained, write_drawing
from edgeattn_runtime.errors import BadUsage

WINDOWS = [
    {"start_s": 0, "end_s": 10, "p50_ms": 3.0, "p95_ms": 3.2, "n": 9, "temperature_c": 50.0},
    {"start_s": 10, "end_s": 20, "p50_ms": 3.9, "p95_ms": 4.2, "n": 9, "temperature_c": 84.0},
]


def count(drawing, tag, kind=""):
    marks = [one for one in ET.fromstring(drawing).iter() if one.tag.endswith(tag)]
    return sum(kind in (one.get("class") or "") for one in marks)


def test_every_run_is_a_point_and_a_disturbed_one_is_hollow(record):
    for p50 in (2.0, 2.1, 2.2):
        record(p50)
    record(9.0, context={"disturbed": ["others"]})
    drawing = draw_history(list_runs())
    assert count(drawing, "circle") == 4
    assert count(drawing, "circle", "hollow") == 1


def test_models_machines_and_clocks_have_charts_of_their_own(record):
    record()
    record(machine="Jetson")
    record(model="large")
    record(latency_ms=None, instructions_m={"p50": 4.2}, context={"clock": "instructions"})
    drawing = draw_history(list_runs())
    assert count(drawing, "path") == 4
    assert "median in instructions" in drawing
    assert "M instr." in drawing


def test_a_history_without_latencies_is_refused(record):
    record(latency_ms=None)
    with pytest.raises(BadUsage, match="none of these runs measured a latency"):
        draw_history(list_runs())


def test_a_sustained_run_is_drawn_over_time(record):
    record(sustained={"slowdown": 1.3, "windows": WINDOWS})
    drawing = draw_sustained(read_run(1))
    assert count(drawing, "path") == 3  # median, p95, temperature: no clock was read
    assert "the median goes from 3.00" in drawing


def test_a_run_without_a_curve_is_refused(record):
    record()
    with pytest.raises(BadUsage, match="run 1 did not run without a pause"):
        draw_sustained(read_run(1))


def test_a_name_out_of_a_report_is_no_markup(record):
    record(model="<script>alert(1)</script>")
    drawing = draw_history(list_runs())
    assert "<script>" not in drawing
    ET.fromstring(drawing)


def test_a_drawing_is_a_file_or_a_page(record, tmp_path):
    record()
    drawing = draw_history(list_runs())
    write_drawing(tmp_path / "a.svg", drawing, "Runs")
    ET.parse(tmp_path / "a.svg")
    write_drawing(tmp_path / "a.html", drawing, "Runs & more")
    page = (tmp_path / "a.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<title>Runs &amp; more</title>" in page


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(BadUsage, match=r"a.png ends in none of \.svg, \.html"):
        write_drawing(tmp_path / "a.png", "", "Runs")
