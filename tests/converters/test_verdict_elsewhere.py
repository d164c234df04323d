from dataclasses import replace

import pytest

from edgeattn_converters.verdict import decide
from edgeattn_runtime.report import Gates
from tests.converters.test_verdict import FP32, GOOD, OFF, candidate


def elsewhere(one, target="tensorrt"):
    """Return a candidate as verify leaves one for another engine: with numbers, without a time."""
    return replace(
        one,
        draft=replace(one.draft, key=f"{target} {one.draft.precision}", target=target),
        facts=replace(
            one.facts, latency_ms=None, speedup_vs_fp32=None, speedup_interval=None, target=target
        ),
    )


FLOAT, INT8 = elsewhere(FP32), elsewhere(GOOD)


def test_a_file_for_another_engine_is_recommended_as_unmeasured():
    found = decide([FLOAT, INT8], OFF, labelled=True)
    chosen = found.targets["tensorrt"]
    assert chosen.file == found.verdict.winner == "model_int8.tensorrt.onnx"
    assert chosen.reason == (
        "unmeasured: this machine does not run tensorrt; on the CPU it loses 0.00 points; SQNR "
        "40.0 dB against the float model; compare it there with model_fp32.tensorrt.onnx"
    )
    assert "fast" not in found.verdict.reason
    assert found.verdict.passed
    assert found.recommended == {}
    assert [one.draft.file for one in found.shipped] == [
        "model_fp32.tensorrt.onnx",
        "model_int8.tensorrt.onnx",
    ]


def test_it_does_not_change_what_is_recommended_here():
    alone, both = (
        decide(measured, OFF, labelled=True)
        for measured in ([FP32, GOOD], [FP32, GOOD, FLOAT, INT8])
    )
    assert both.recommended == alone.recommended
    assert both.verdict.winner == alone.verdict.winner == "model_int8.onnx"
    assert both.verdict.reason.startswith(alone.verdict.reason)
    assert "model_int8.tensorrt.onnx for tensorrt, unmeasured" in both.verdict.reason
    assert both.candidates[-1].note == (
        "made for tensorrt: unmeasured there, its numbers checked on the CPU"
    )


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (elsewhere(candidate("int8", parity=False)), "does not compute what it should"),
        (elsewhere(candidate("int8", drop=1.5)), "it loses 1.50 points, 1 are allowed"),
    ],
)
def test_an_int8_file_that_fails_leaves_the_float_one(spoilt, why):
    found = decide([FLOAT, spoilt], Gates(max_drop_pp=1.0), labelled=True)
    assert found.targets["tensorrt"].file == "model_fp32.tensorrt.onnx"
    assert why in found.targets["tensorrt"].reason


def test_a_speedup_that_nothing_can_show_fails_its_gate():
    found = decide([FLOAT, INT8], Gates(None, 1.5), labelled=True)
    assert not found.verdict.passed
    assert found.verdict.reason.startswith(
        "a speed-up of 1.5x was asked for and none can be measured here"
    )


def test_nothing_is_recommended_where_even_the_float_file_fails():
    broken = elsewhere(candidate("fp32", parity=False))
    found = decide([broken], OFF, labelled=True)
    assert found.targets == {}
    assert not found.verdict.passed


def test_of_two_variants_the_first_that_holds_is_shipped():
    second = replace(INT8, draft=replace(INT8.draft, key="tensorrt other"))
    found = decide([FLOAT, INT8, second], OFF, labelled=True)
    assert len(found.shipped) == 2
    assert found.candidates[-1].note == "tensorrt prefers another variant; not in the bundle"
