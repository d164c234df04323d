import pytest

from edgeattn.devices.estimate import estimate
from edgeattn.devices.load import load_profile
from edgeattn_runtime.errors import BadInput, BadUsage

MODEL = """
import torch
from torch import nn


def build():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 256), nn.GELU(), nn.Linear(256, 64))
    return model.eval(), (torch.zeros(1, 32, 64),)
"""
MACS = 2 * 32 * 64 * 256


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "small.py"
    path.write_text(MODEL)
    return f"{path}:build"


def report(p50=1.0, cpu_class="arm64-dotprod"):
    one = {"engine": "onnxruntime", "precision": "fp32", "latency_ms": {"p50": p50}}
    slower = {**one, "latency_ms": {"p50": 2 * p50}}
    return {"context": {"cpu_class": cpu_class}, "candidates": [slower, one, {"engine": "x"}]}


def by_key(found):
    return {(one.device, one.engine, one.precision): one for one in found.rows}


def test_both_engines_and_precisions_are_estimated_and_labelled(model):
    found = estimate(model, [load_profile("raspberry-pi-5")])
    assert found.macs == MACS
    assert {(one.engine, one.precision) for one in found.rows} == {
        (engine, precision)
        for engine in ("onnxruntime", "ai-edge-litert")
        for precision in ("fp32", "int8")
    }
    assert all(one["is"] == "estimate" for one in found.to_json()["estimates"])
    assert found.text().count("~") == 4
    assert "nothing was run" in found.text()


def test_the_slower_board_is_estimated_slower(model):
    boards = [load_profile(name) for name in ("raspberry-pi-4", "raspberry-pi-5")]
    found = by_key(estimate(model, boards))
    for engine in ("onnxruntime", "ai-edge-litert"):
        for precision in ("fp32", "int8"):
            slow = found["raspberry-pi-4", engine, precision].estimate_ms
            assert slow > found["raspberry-pi-5", engine, precision].estimate_ms


@pytest.mark.parametrize(("device", "least"), [("raspberry-pi-4", 0.95), ("raspberry-pi-5", 0.52)])
def test_int8_is_never_estimated_to_gain_more_than_its_instructions(model, device, least):
    found = by_key(estimate(model, [load_profile(device)]))
    for engine in ("onnxruntime", "ai-edge-litert"):
        int8, fp32 = (found[device, engine, name].estimate_ms for name in ("int8", "fp32"))
        assert int8 >= least * fp32 * (1 - 1e-9)  # rounding of one product


def test_a_device_of_which_too_little_is_known_gets_a_reason_and_no_number(model):
    found = estimate(model, [load_profile("pixel-8")])
    assert found.rows == ()
    assert found.silent == (("pixel-8", "nobody published its memory bandwidth"),)
    assert "No estimate for pixel-8" in found.text()


def test_a_measurement_says_how_far_off_the_estimate_is(model):
    found = estimate(model, [load_profile("raspberry-pi-5")], report(p50=1.0))
    row = by_key(found)["raspberry-pi-5", "onnxruntime", "fp32"]
    assert row.measured_ms == 1.0  # the fastest of that engine and precision
    assert row.error == row.estimate_ms - 1
    others = [one for one in found.rows if one is not row]
    assert all(one.error is None for one in others)
    assert f"{100 * row.error:+.0f} %" in found.text()


def test_a_measurement_on_another_class_of_cpu_is_refused(model):
    with pytest.raises(BadUsage, match="measured on a CPU of class x86-vnni"):
        estimate(model, [load_profile("raspberry-pi-5")], report(cpu_class="x86-vnni"))


def test_a_measurement_belongs_to_one_device(model):
    boards = [load_profile(name) for name in ("raspberry-pi-4", "raspberry-pi-5")]
    with pytest.raises(BadUsage, match="belongs to one device"):
        estimate(model, boards, report())


def test_a_bundle_without_a_float_onnx_file_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(BadInput, match=r"has no model_fp32\.onnx"):
        estimate(str(tmp_path), [load_profile("raspberry-pi-5")])
