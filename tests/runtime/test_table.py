from __future__ import annotations

from dataclasses import replace

from edgeattn_runtime.cold_start import ColdStart
from edgeattn_runtime.energy import Energy
from edgeattn_runtime.latency import summarise
from edgeattn_runtime.machine import Context
from edgeattn_runtime.op_profile import OpTime
from edgeattn_runtime.report import Candidate, ModelFacts, Report, Verdict
from edgeattn_runtime.table import align, render_report

FP32 = Candidate("onnxruntime", "fp32", file="model_fp32.onnx", bytes=1_650_000)
INT8 = Candidate(
    "onnxruntime",
    "int8",
    file="model_int8.onnx",
    bytes=480_000,
    accuracy=0.937,
    accuracy_drop_pp=0.3,
    accuracy_interval_pp=(-0.5, 1.4),
    speedup_vs_fp32=1.9,
    speedup_interval=(1.85, 1.95),
    sqnr_db=38.2,
)


def report(*candidates: Candidate, passed: bool = True, context: Context | None = None) -> Report:
    return Report(
        ModelFacts("tiny"),
        context or Context(machine="Raspberry Pi 5"),
        candidates,
        Verdict("model_int8.onnx", passed, "because"),
    )


def test_a_row_tells_what_was_measured():
    row = render_report(report(FP32, INT8)).splitlines()[4]
    assert row.split("  ")[0] == "model_int8.onnx"
    for cell in ("480.0 kB", "93.7%", "0.3 [-0.5, 1.4]", "1.90x [1.85, 1.95]", "38.2"):
        assert cell in row


def test_what_was_not_measured_is_a_dash():
    fp32, int8 = render_report(report(FP32, INT8)).splitlines()[3:5]
    assert fp32.count(" -") == 4  # accuracy, drop, SQNR, speed-up
    assert " - " not in int8


def test_a_column_nobody_measured_is_left_out():
    assert "peak, MB" not in render_report(report(FP32, INT8))
    assert "peak, MB" in render_report(report(FP32, replace(INT8, peak_rss_mb=61.5)))


def test_equal_outputs_are_called_equal():
    assert "equal" in render_report(report(replace(FP32, sqnr_db=float("inf"))))


def test_the_stock_export_is_marked():
    assert "model_fp32.onnx (stock)" in render_report(report(replace(FP32, stock=True)))


def test_notes_stand_below_the_table():
    text = render_report(report(replace(INT8, note="fastest within the gate", passed=False)))
    assert "  model_int8.onnx: fastest within the gate" in text
    assert "FAILED" in text


def test_a_failed_verdict_says_so():
    assert "FAILED: because" in render_report(report(FP32, passed=False))


def test_a_throttled_machine_is_shouted_at_the_top():
    hot = Context(machine="Raspberry Pi 4", temperature_c_before=60, temperature_c_after=84.7)
    text = render_report(report(FP32, context=replace(hot, throttled=True)))
    assert text.splitlines()[0] == "tiny, Raspberry Pi 4, 60.0 -> 84.7 °C, THROTTLED"


def test_a_report_without_candidates_is_only_its_verdict():
    assert render_report(report()).splitlines()[-2:] == ["PASSED: because", "take model_int8.onnx"]


def test_no_line_ends_in_blanks():
    assert all(line == line.rstrip() for line in render_report(report(FP32, INT8)).splitlines())


def test_numbers_lean_right_and_words_left():
    assert align([["file", "ms"], ["a", "12.5"], ["bcdef", "3.1"]]) == [
        "file     ms",
        "a      12.5",
        "bcdef   3.1",
    ]


def test_the_median_stands_with_its_interval():
    text = render_report(report(replace(INT8, latency_ms=summarise([3.0, 3.1, 3.2] * 4))))
    assert "3.100 [3.000, 3.200]" in text


def test_instructions_have_their_own_columns_and_no_milliseconds():
    counted = replace(INT8, instructions_m=summarise([4.24]), instructions_vs_fp32=0.52)
    text = render_report(report(counted, context=Context(clock="instructions")))
    assert "p50, million instructions" in text
    assert "0.520" in text
    assert "emulated: its clock counts instructions" in text
    assert ", ms" not in text


def test_cold_start_and_energy_are_columns_when_they_were_measured():
    whole = replace(
        INT8,
        cold_start=ColdStart(100.0, 20.0, 3.0),
        energy=Energy(3.214, 5.0, 2.0, 900, 5.0, 240, "INA3221 VDD_IN"),
    )
    lines = render_report(report(whole)).splitlines()
    assert "cold, ms" in lines[2]
    assert " 123 " in lines[3]
    assert "3.21" in lines[3]


def test_the_longest_kinds_of_operator_are_listed():
    ops = tuple(OpTime(f"Op{i}", 1, 0.5, 0.08, "CPUExecutionProvider") for i in range(12))
    text = render_report(report(replace(INT8, per_op=ops)))
    assert "model_int8.onnx, operator by operator:" in text
    assert "Op9 " in text
    assert "Op10" not in text
    assert "and 2 kinds more" in text


def test_a_disturbed_run_and_its_cores_stand_in_the_heading():
    timed = replace(FP32, latency_ms=summarise([3.0, 3.1, 3.2]))
    text = render_report(report(timed, context=Context(pinned_to="2-3", disturbed=("others",))))
    assert "core(s) 2-3, DISTURBED" in text.splitlines()[0]


def test_parity_and_accuracy_are_not_disturbed():
    text = render_report(report(FP32, context=Context(disturbed=("others",))))
    assert "DISTURBED" not in text


def test_remarks_stand_below_the_table():
    text = render_report(replace(report(FP32), remarks=("energy was not measured",)))
    assert "  energy was not measured" in text.splitlines()
