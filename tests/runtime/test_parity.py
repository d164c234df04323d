from __future__ import annotations

import numpy as np
import pytest

from edgeattn_runtime.errors import BrokenBundle
from edgeattn_runtime.parity import check_parity, compare
from edgeattn_runtime.samples import Golden
from edgeattn_runtime.session import open_session

EXACT = np.array([[0.0, 10.0], [10.0, 0.0]], np.float32)
SIMULATED = EXACT + np.array([[0.5, 0.0], [0.0, -0.5]], np.float32)


@pytest.fixture
def golden(tiny, images):
    few = images[:8]
    simulated = {"logits": tiny.simulate(few)}
    return Golden({"image": few}, {"logits": tiny.exact(few)}, {"model_int8.onnx": simulated})


@pytest.mark.parametrize("format", ["onnx", "tflite"])
def test_a_real_int8_file_holds_parity_within_one_step(
    format, onnx_bytes, tflite_bytes, tiny, golden
):
    content = {"onnx": onnx_bytes, "tflite": tflite_bytes}[format]["int8"]
    parity = check_parity(open_session(content), golden, "model_int8.onnx")
    assert parity.passed, parity.reason
    # one integer step of the output, over the outputs' range
    span = np.ptp(golden.expected["model_int8.onnx"]["logits"])
    assert parity.range_share <= float(tiny.output_scale / span) + 1e-6


def test_a_float_file_is_compared_with_the_float_model(onnx_bytes, golden):
    parity = check_parity(open_session(onnx_bytes["fp32"]), golden, "model_fp32.onnx")
    assert parity.passed
    assert parity.needed_sqnr_db == 60
    assert parity.sqnr_db > 100


def test_another_model_fails_parity_and_says_by_how_much(onnx_bytes, golden):
    wrong = Golden(
        golden.inputs,
        {"logits": -golden.float_outputs["logits"]},
        {"m": {"logits": -golden.expected["model_int8.onnx"]["logits"]}},
    )
    parity = check_parity(open_session(onnx_bytes["fp32"]), wrong, "m")
    assert not parity.passed
    assert "top-1 agreement is 0.0%, it needs 99%" in parity.reason


def test_the_engine_may_err_as_much_as_quantising_did():
    parity = compare(SIMULATED, EXACT, SIMULATED + 0.99 * (SIMULATED - EXACT), quantised=True)
    assert parity.passed, parity.reason


def test_the_engine_may_not_err_more_than_quantising_did():
    parity = compare(SIMULATED, EXACT, SIMULATED + 2 * (SIMULATED - EXACT), quantised=True)
    assert not parity.passed
    assert "SQNR against what was promised is" in parity.reason


def test_another_class_of_cpu_may_differ_by_two_percent_of_the_range():
    span = float(np.ptp(SIMULATED))
    inside = compare(
        SIMULATED, SIMULATED, SIMULATED + 0.019 * span, quantised=True, same_cpu_class=False
    )
    outside = compare(
        SIMULATED, SIMULATED, SIMULATED + 0.021 * span, quantised=True, same_cpu_class=False
    )
    assert inside.passed
    assert "another class of CPU" in inside.reason
    assert not outside.passed
    assert "2.1% of the output range, 2% is allowed" in outside.reason


def test_another_class_of_cpu_must_give_the_same_top1_every_time():
    expected = np.tile(EXACT, (100, 1))
    found = expected.copy()
    found[0] = [10.0, 0.0]
    parity = compare(expected, expected, found, quantised=True, same_cpu_class=False)
    assert not parity.passed
    assert "needs 100%" in parity.reason


def test_one_in_a_hundred_may_change_class_on_the_same_class_of_cpu():
    exact = np.tile(EXACT, (50, 1))
    simulated = exact + np.where(exact == 0, 1.0, -1.0).astype(np.float32)
    found = simulated.copy()
    found[0] = found[0][::-1]
    parity = compare(simulated, exact, found, quantised=True)
    assert parity.passed, parity.reason
    assert parity.top1_agreement == 0.99


def test_a_deep_model_may_err_elsewhere_than_the_simulation_as_long_as_it_errs_no_more():
    random = np.random.default_rng(0)
    exact = 10 * random.standard_normal((200, 10)).astype(np.float32)
    noise = [random.standard_normal(exact.shape).astype(np.float32) for _ in range(2)]
    simulated, found = exact + noise[0], exact + noise[1]  # 3 dB apart from each other
    assert compare(simulated, exact, found, quantised=True).passed
    worse = compare(simulated, exact, exact + 1.2 * noise[1], quantised=True)  # 1.6 dB more error
    assert not worse.passed
    assert "SQNR against what was promised is" in worse.reason


def test_a_tie_of_the_float_model_proves_nothing_but_a_clear_case_does():
    exact = np.array([[0.0, 0.001], [0.0, 10.0]] * 50, np.float32)
    simulated = exact + np.float32([0.01, -0.01])
    tied, wrong = exact.copy(), exact.copy()
    tied[0] = [0.001, 0.0]
    wrong[1::2] = wrong[1::2, ::-1]
    assert compare(simulated, exact, tied, quantised=True).top1_agreement == 1.0
    assert compare(simulated, exact, wrong, quantised=True).top1_agreement == 0.0


def test_a_simulation_equal_to_float_does_not_ask_for_equality():
    found = SIMULATED * np.float32(1 + 2e-6)
    parity = compare(SIMULATED, SIMULATED, found, quantised=True)
    assert parity.needed_sqnr_db == 100
    assert parity.passed, parity.reason


def test_outputs_without_classes_are_compared_without_top1():
    column = np.array([[1.0], [2.0]], np.float32)
    parity = compare(column, column, column, quantised=False)
    assert parity.top1_agreement is None
    assert parity.passed


def test_golden_vectors_of_another_model_are_refused(onnx_bytes, images):
    other = Golden({"image": images}, {"boxes": images}, {})
    with pytest.raises(BrokenBundle, match="holds no output 'logits'"):
        check_parity(open_session(onnx_bytes["fp32"]), other, "model_fp32.onnx")


def test_golden_vectors_of_another_shape_are_refused(onnx_bytes, images):
    other = Golden({"image": images}, {"logits": images}, {})
    with pytest.raises(BrokenBundle, match=r"shape \[40, 8\], .* answers \[40, 4\]"):
        check_parity(open_session(onnx_bytes["fp32"]), other, "model_fp32.onnx")
