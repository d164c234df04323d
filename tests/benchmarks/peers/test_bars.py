from __future__ import annotations

from collections.abc import Callable

from benchmarks.peers.bars import bars, least, middle
from benchmarks.peers.judge import Contest, Row
from edgeattn_runtime.accuracy import Drop

MakeRow = Callable[..., Row]


def contest(make_row: MakeRow, name: str = "gesture-hybrid", **onnx: float) -> Contest:
    drop = Drop(0.0, -0.7, 0.7)
    values = {"ms": 1.0, "over": 2.5, "sqnr": 35.0, **onnx}
    return Contest(
        name,
        (
            make_row("edgeattn", "onnx int8", **values, drop=drop),
            make_row("edgeattn", "onnx int8-core", 1.0, sqnr=28.0),
            make_row("edgeattn", "tflite int8", 1.0, over=2.5, drop=drop),
            make_row("edgeattn", "tflite int8-core", 1.0),
            make_row("onnxruntime", "static", 2.0),
            make_row("litert", "static", 5.0, sqnr=10.0),
        ),
    )


def test_goals_of_speed_read_the_right_rows(make_row: MakeRow) -> None:
    found = {bar.what: bar for bar in bars([contest(make_row)])}
    assert found["ONNX Runtime: int8 over its fastest fp32, median"].found == "2.50x"
    assert found["ONNX Runtime: against the stock recipe, median"].found == "2.00x"
    assert found["LiteRT: against the stock recipe, median"].found == "5.00x"
    lead = found["ONNX Runtime: against the best peer's int8, lower end, every model"]
    assert (lead.found, lead.reached) == ("2.00x (gesture-hybrid)", True)
    assert found["recommended file over the fastest float of any engine, median"].reached


def test_a_peer_with_wrong_answers_leads_nobody(make_row: MakeRow) -> None:
    found = {bar.what: bar for bar in bars([contest(make_row)])}
    assert found["LiteRT: against the best peer's int8, lower end, every model"].reached


def test_goals_of_accuracy_hold_both_candidates(make_row: MakeRow) -> None:
    found = {bar.what: bar for bar in bars([contest(make_row)])}
    assert found["ONNX Runtime, recommended int8: SQNR, median"].found == "35.00 dB"
    assert not found["ONNX Runtime, QK' and PV in int8: SQNR, median"].reached
    assert found["ONNX Runtime, QK' and PV in int8: SQNR, every model"].reached
    assert found["LiteRT, gesture-hybrid: upper end of the drop's interval"].reached


def test_only_a_trained_model_is_held_to_accuracy(make_row: MakeRow) -> None:
    names = [bar.what for bar in bars([contest(make_row, "bert")])]
    assert not any("agreement" in name or "drop" in name for name in names)


def test_a_goal_for_every_model_names_the_worst() -> None:
    bar = least("speed", 1.0, {"a": 0.8, "b": 0.9, "c": 1.2}, strict=True)
    assert not bar.reached
    assert bar.found == "0.80x (a); below it 2 of 3: a, b"
    assert least("speed", 1.0, {"a": 1.0}).reached
    assert not least("speed", 1.0, {"a": 1.0}, strict=True).reached


def test_a_model_that_was_not_measured_misses_the_goal() -> None:
    bar = least("speed", 1.0, {"a": 2.0, "b": None})
    assert not bar.reached
    assert bar.found == "not measured: b"


def test_a_median_says_over_how_many_models() -> None:
    bar = middle("speed", 1.5, {"a": 2.0, "b": None})
    assert bar.reached
    assert bar.found == "2.00x (of 1 models; it does not run on the others)"
    assert not middle("speed", 1.5, {"a": None}).reached
