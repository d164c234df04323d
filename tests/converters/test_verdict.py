"""The decision table, on made-up measurements."""

from dataclasses import replace

import pytest

from edgeattn_converters.candidate import Draft
from edgeattn_converters.verdict import decide
from edgeattn_converters.verify import Measured
from edgeattn_runtime.latency import Latency
from edgeattn_runtime.parity import Parity
from edgeattn_runtime.report import Candidate, Gates
from tests.converters.programs import captured

ENGINES = {"onnx": "onnxruntime", "tflite": "ai-edge-litert"}
OFF = Gates(max_drop_pp=None, min_speedup=None)


def latency(p50):
    return Latency(p50=p50, p90=p50, p95=p50, p99=p50, mean=p50, std=0, min=p50, max=p50, n=100)


def candidate(
    key, format="onnx", *, ms=1.0, speedup=1.0, spread=0.02, drop=0.0, parity=True, stock=False
):
    """Return a measured candidate; a key that starts with int8 is quantised."""
    precision = "int8" if key.startswith("int8") else "fp32"
    program = captured("tied")
    return Measured(
        Draft(
            f"{format} {key}", format, precision, key if precision == "int8" else None,
            b"content", program, program, stock=stock,
        ),
        Candidate(
            engine=ENGINES[format], precision=precision, latency_ms=latency(ms),
            speedup_vs_fp32=speedup, speedup_interval=(speedup - spread, speedup + spread),
            accuracy_drop_pp=drop,
            accuracy_interval_pp=None if drop is None else (drop - 1, drop + 1), sqnr_db=40.0,
        ),
        Parity(parity, 60.0, 40.0, 40.0, 1.0, 0.0, True, "SQNR is 12.0 dB, it needs 40.0"),
        {},
    )  # fmt: skip


FP32 = candidate("fp32")
STOCK = candidate("stock", ms=1.1, speedup=0.9, stock=True)
GOOD = candidate("int8", ms=0.5, speedup=2.0)


def decided(*measured, gates=OFF, labelled=True):
    return decide(measured, gates, labelled=labelled)


def test_the_faster_int8_file_wins():
    found = decided(STOCK, FP32, GOOD)
    assert found.verdict.winner == "model_int8.onnx"
    assert found.verdict.passed
    assert "2.00x fp32 (95 % interval 1.98 to 2.02)" in found.verdict.reason
    assert found.recommended["onnx"].file == "model_int8.onnx"
    assert [one.draft.key for one in found.shipped] == ["onnx fp32", "onnx int8"]


@pytest.mark.parametrize(("speedup", "spread"), [(0.8, 0.02), (1.0, 0.0), (1.03, 0.05)])
def test_an_int8_file_that_is_not_faster_beyond_noise_is_never_recommended(speedup, spread):
    slow = candidate("int8", ms=1 / speedup, speedup=speedup, spread=spread)
    found = decided(FP32, slow)
    assert found.verdict.winner == "model_fp32.onnx"
    assert found.verdict.passed, "float winning is an answer"
    assert f"int8 is not faster than fp32 on onnxruntime here: {speedup:.2f}x" in (
        found.verdict.reason
    )
    assert found.recommended["onnx"].file == "model_fp32.onnx"
    assert "model_int8.onnx" in [one.draft.file for one in found.shipped]  # to be looked at


def test_an_int8_file_that_loses_too_much_is_not_recommended():
    found = decided(FP32, candidate("int8", ms=0.5, speedup=2.0, drop=1.2), gates=Gates(1.0))
    assert found.verdict.winner == "model_fp32.onnx"
    assert found.verdict.passed
    assert found.verdict.reason.endswith(
        "; --max-drop 1 cannot be met in int8: the nearest loses 1.20 points at 2.00x (recipe int8)"
    )
    assert "it loses 1.20 points, 1 are allowed" in found.candidates[1].note
    assert [one.passed for one in found.candidates] == [True, False]


def test_the_nearest_to_an_infeasible_budget_is_the_one_that_loses_least():
    far = candidate("int8-core", ms=0.4, speedup=2.5, drop=3.0)
    near = candidate("int8-mix-3", ms=0.6, speedup=1.6, drop=0.3)
    reason = decided(FP32, far, near, gates=Gates(0.1)).verdict.reason
    assert "--max-drop 0.1 cannot be met in int8" in reason
    assert "the nearest loses 0.30 points at 1.60x (recipe int8-mix-3)" in reason


@pytest.mark.parametrize(("allowed", "winner"), [(0, "model_fp32.onnx"), (100, "model_int8.onnx")])
def test_a_budget_of_0_takes_what_loses_nothing_and_one_of_100_takes_anything(allowed, winner):
    lossy = candidate("int8", ms=0.5, speedup=2.0, drop=0.2)
    assert decided(FP32, lossy, gates=Gates(allowed)).verdict.winner == winner
    assert decided(FP32, GOOD, gates=Gates(allowed)).verdict.winner == "model_int8.onnx"


def test_two_gates_that_cannot_hold_together_fail_and_name_both_neighbours():
    lossy = candidate("int8-core", ms=0.3, speedup=3.3, drop=2.0)
    exact = candidate("int8-mix-1", ms=0.6, speedup=1.6)
    found = decided(FP32, lossy, exact, gates=Gates(0.5, 3.0))
    assert not found.verdict.passed
    assert "a speed-up of 3x was asked for, the best is 1.60x" in found.verdict.reason
    assert found.verdict.reason.endswith("; int8-core reaches 3.30x, but loses 2.00 points")


def test_a_drop_of_just_the_gate_is_allowed():
    found = decided(FP32, candidate("int8", ms=0.5, speedup=2.0, drop=1.0), gates=Gates(1.0))
    assert found.verdict.winner == "model_int8.onnx"


def test_a_gate_that_is_off_lets_everything_through():
    found = decided(FP32, candidate("int8", ms=0.5, speedup=2.0, drop=30.0))
    assert found.verdict.winner == "model_int8.onnx"


def test_an_engine_that_computes_something_else_is_not_recommended():
    found = decided(FP32, candidate("int8", ms=0.5, speedup=2.0, parity=False))
    assert found.verdict.winner == "model_fp32.onnx"
    assert "onnxruntime does not compute what it should: SQNR is 12.0 dB" in found.verdict.reason


def test_nothing_eligible_fails_and_names_a_real_candidate():
    found = decided(STOCK, candidate("fp32", parity=False), candidate("int8", parity=False))
    assert found.verdict.winner is None
    assert not found.verdict.passed
    assert "no candidate can be recommended: onnxruntime does not" in found.verdict.reason
    assert "stock" not in found.verdict.reason
    assert found.recommended == {}


def test_a_speedup_below_the_gate_fails():
    found = decided(FP32, GOOD, gates=Gates(None, 2.5))
    assert found.verdict.winner == "model_int8.onnx"
    assert not found.verdict.passed
    assert "a speed-up of 2.5x was asked for, the best is 2.00x" in found.verdict.reason


def test_float_cannot_hold_a_speedup_gate():
    found = decided(FP32, gates=Gates(None, 1.5))
    assert not found.verdict.passed
    assert "the best is 1.00x" in found.verdict.reason


def test_a_speedup_gate_is_held_by_the_fastest_file_that_reaches_it():
    lite = candidate("fp32", "tflite", ms=0.4)
    fast = candidate("int8", "tflite", ms=0.3, speedup=1.33)
    found = decided(FP32, GOOD, lite, fast, gates=Gates(None, 1.9))
    assert (found.verdict.winner, found.verdict.passed) == ("model_int8.onnx", True)
    assert decided(FP32, GOOD, lite, fast).verdict.winner == "model_int8.tflite"


def test_a_speedup_of_just_the_gate_holds():
    assert decided(FP32, GOOD, gates=Gates(None, 2.0)).verdict.passed


def test_of_several_variants_the_fastest_eligible_one_ships():
    variants = (
        candidate("int8-core", ms=0.6, speedup=1.67),
        candidate("int8-scores", ms=0.5, speedup=2.0),
        candidate("int8-float-core", ms=0.4, speedup=2.5, drop=3.0),
    )
    found = decided(FP32, *variants, gates=Gates(1.0))
    assert [one.draft.recipe for one in found.shipped] == [None, "int8-scores"]
    notes = {one.draft.recipe: line.note for one, line in zip(
        (FP32, *variants), found.candidates, strict=True
    )}  # fmt: skip
    assert "measured slower here" in notes["int8-core"]
    assert "loses 3.00 points" in notes["int8-float-core"]
    assert [line.file for line in found.candidates] == [
        "model_fp32.onnx", None, "model_int8.onnx", None,
    ]  # fmt: skip


def test_a_stock_export_is_never_shipped_however_fast():
    found = decided(candidate("stock", ms=0.1, speedup=10, stock=True), FP32)
    assert found.verdict.winner == "model_fp32.onnx"
    assert [one.draft.stock for one in found.shipped] == [False]


def test_the_fastest_format_wins_and_each_gets_its_own_recommendation():
    lite = candidate("fp32", "tflite", ms=0.9), candidate("int8", "tflite", ms=0.4, speedup=2.2)
    found = decided(FP32, GOOD, *lite)
    assert found.verdict.winner == "model_int8.tflite"
    assert {format: choice.file for format, choice in found.recommended.items()} == {
        "onnx": "model_int8.onnx",
        "tflite": "model_int8.tflite",
    }


def test_without_labels_a_drop_is_called_disagreement():
    assert "accuracy drop 0.00 points" in decided(FP32, GOOD).verdict.reason
    unlabelled = decided(FP32, GOOD, labelled=False).verdict.reason
    assert "disagreement with the float model 0.00 points" in unlabelled
    assert "accuracy" not in unlabelled


def test_without_classes_the_noise_is_named():
    plain = replace(GOOD, facts=replace(GOOD.facts, accuracy_drop_pp=None))
    assert "SQNR 40.0 dB against the float model" in decided(FP32, plain).verdict.reason


def test_a_model_without_an_int8_file_says_so():
    found = decided(STOCK, FP32)
    assert found.verdict.passed
    assert "no int8 file was made" in found.verdict.reason


def test_the_verdict_names_the_library_that_made_it_fast():
    fused = replace(GOOD, facts=replace(GOOD.facts, kernels="edgeattn-kernels 0.1.0 (avx2)"))
    reason = decide([FP32, fused], Gates(), labelled=True).verdict.reason
    assert "2.00x fp32 (95 % interval 1.98 to 2.02) with edgeattn-kernels 0.1.0 (avx2)" in reason
    assert "edgeattn-kernels" not in decide([FP32, GOOD], Gates(), labelled=True).verdict.reason


def test_the_verdict_says_what_the_file_is_worth_without_the_library():
    facts = replace(
        GOOD.facts, kernels="edgeattn-kernels 0.1.0 (avx2)", ms_without_kernels=0.8,
        speedup_without_kernels=1.25,
    )  # fmt: skip
    found = decide([FP32, replace(GOOD, facts=facts)], Gates(), labelled=True)
    said = "with edgeattn-kernels 0.1.0 (avx2) (without that library 0.800 ms, 1.25x)"
    assert said in found.verdict.reason
    assert said in found.recommended["onnx"].reason
