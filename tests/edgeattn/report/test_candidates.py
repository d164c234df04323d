import pytest

from edgeattn.report.candidates import counts_instructions, is_float, rows_of, winner_of


def test_a_row_is_named_by_engine_and_precision(report):
    assert [row.name for row in rows_of(report())] == [
        "ONNX Runtime fp32",
        "ONNX Runtime fp32",
        "ONNX Runtime int8",
    ]


def test_float_stock_and_winner_have_their_roles(report):
    assert [row.role for row in rows_of(report())] == ["float", "stock", "ship"]


def test_two_recipes_of_one_precision_are_told_apart(report, candidate):
    rows = rows_of(report(candidates=[candidate(), candidate(recipe="int8-dynamic", file="b")]))
    assert [row.name for row in rows] == [
        "ONNX Runtime int8, int8",
        "ONNX Runtime int8, int8-dynamic",
    ]


@pytest.mark.parametrize("winner", ["model_int8.onnx", "onnx int8", "onnx/int8", "onnx-int8"])
def test_the_winner_is_found_by_file_or_by_name(report, winner):
    found = winner_of(report(verdict={"winner": winner}))
    assert found["file"] == "model_int8.onnx"


@pytest.mark.parametrize("verdict", [None, {}, {"winner": None}, {"winner": "other.onnx"}])
def test_without_a_known_winner_there_is_none(report, verdict):
    assert winner_of(report(verdict=verdict)) is None


def test_a_stock_row_does_not_win_by_name(report, fp32):
    assert winner_of(report(candidates=[fp32(stock=True)], verdict={"winner": "onnx fp32"})) is None


def test_all_that_was_not_measured_says_so(report):
    [row] = rows_of(report(candidates=[{"engine": "onnx", "precision": "int8"}]))
    cells = dict(row.cells)
    assert cells.pop("File") == "not in the bundle"
    assert cells.pop("Recipe") == "none"
    assert set(cells.values()) == {"not measured"}


def test_what_is_no_candidate_is_left_out(report):
    assert rows_of(report(candidates=[None, "int8", 3])) == ()


@pytest.mark.parametrize(
    ("precision", "floating"), [("fp32", True), ("fp16", True), ("int8", False), (None, False)]
)
def test_float_is_known_by_its_precision(precision, floating):
    assert is_float({"precision": precision}) is floating


def test_a_row_tells_instructions_energy_cold_start_and_the_medians_interval(report, candidate):
    [row] = rows_of(
        report(
            candidates=[
                candidate(
                    latency_ms={"p50": 2.0, "p50_low": 1.9, "p50_high": 2.2},
                    instructions_m={"p50": 4.24},
                    energy={"mj_per_inference": 3.2},
                    cold_start={"total_ms": 320.0},
                )
            ]
        )
    )
    cells = dict(reversed(row.cells))  # the first "95 % interval" is the accuracy's, kept last
    assert row.million_instructions == 4.24
    assert cells["Energy"].startswith("3.20")
    assert cells["Cold start"].startswith("320")
    assert cells["Instructions"].startswith("4.24")
    assert any(text.startswith("1.90") and text.endswith("2.20") for _, text in row.cells)


def test_a_report_says_what_its_clock_counts(report):
    assert counts_instructions(report(context={"clock": "instructions"}))
    assert not counts_instructions(report(context={}))
