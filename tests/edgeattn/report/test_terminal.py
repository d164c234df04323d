from edgeattn.report.terminal import render_text, table


def test_the_text_has_the_verdict_and_a_line_a_candidate(report):
    lines = render_text(report()).splitlines()
    assert lines[0] == "Ship model_int8.onnx"
    assert lines[2] == "Gates hold. Fastest within the gates"
    assert [line.split("  ")[0] for line in lines[5:]] == [
        "ONNX Runtime fp32",
        "ONNX Runtime fp32 (stock)",
        "ONNX Runtime int8 (ship)",
    ]


def test_what_was_not_measured_is_a_dash(report, candidate):
    text = render_text(report(candidates=[candidate(bytes=None, latency_ms=None)]))
    assert text.splitlines()[-1].split()[5:] != []
    assert "not measured" not in text
    assert " - " in text


def test_a_note_stands_under_the_table(report, candidate):
    text = render_text(report(candidates=[candidate(note="litert-torch is not installed")]))
    assert text.splitlines()[-1] == "ONNX Runtime int8: litert-torch is not installed"


def test_a_report_without_candidates_is_still_said(report):
    text = render_text(report(candidates=[], verdict={}))
    assert text.splitlines() == ["No candidate was chosen", "No gates."]


def test_the_table_fits_a_terminal_of_100_columns(report):
    assert max(map(len, render_text(report()).splitlines()[4:])) <= 100


def test_numbers_keep_to_the_right_and_words_to_the_left():
    assert table(("a", "b"), [("x", "1"), ("long", "1000")]) == "a        b\nx        1\nlong  1000"
    assert table(("a", "b"), [("x", "y")], words=(0, 1)) == "a  b\nx  y"


def test_a_disturbed_run_says_that_it_is_not_to_be_compared(report):
    busy = report(context={"disturbed": ["others took 30 %"]})
    last = render_text(busy).splitlines()[-1]
    assert last == "Disturbed, its latencies are not to be compared: others took 30 %"
