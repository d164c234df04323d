"""The Python interface: `edgeattn.convert(module, example_inputs, ...)`."""

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn.conversion import convert
from edgeattn_converters import verify
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadData, BadEnvironment, BadUsage, BrokenModel

EXAMPLE = torch.zeros(1, 8)


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    for name, value in {"WARMUP": 1, "ITERATIONS": 5, "BUDGET_S": 0.5}.items():
        monkeypatch.setattr(verify, name, value)
    monkeypatch.setattr(verify, "peak_rss_mb", lambda path, threads: 1.0)


def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3)).eval()


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.npz"
    random = np.random.default_rng(0)
    np.savez(path, x=random.normal(size=(24, 8)).astype(np.float32), y=random.integers(0, 3, 24))
    return path


@pytest.mark.parametrize("example", [EXAMPLE, (EXAMPLE,)], ids=["a tensor", "a tuple"])
def test_a_module_in_memory_becomes_a_bundle(tmp_path, data, example):
    said = []
    conversion = convert(
        model(), example, out=tmp_path / "b", calib=data, formats=("tflite",),
        progress=lambda text, share: said.append(share),
    )  # fmt: skip
    assert (conversion.passed, conversion.bundle) == (True, tmp_path / "b")
    assert conversion.report["data"]["labelled"]
    assert conversion.report["model"]["name"] == "Sequential"
    assert said == sorted(said)
    assert open_bundle(tmp_path / "b").manifest.outputs[0].shape == (1, 3)


def test_without_an_example_the_first_sample_serves(tmp_path, data):
    conversion = convert(model(), out=tmp_path / "b", calib=data, formats=("tflite",))
    assert open_bundle(conversion.bundle).manifest.inputs[0].shape == (1, 8)


def test_labels_of_a_module_are_those_of_the_bundle(tmp_path, data):
    named = model()
    named.labels = ("rock", "paper", "scissors")
    conversion = convert(named, EXAMPLE, out=tmp_path / "b", calib=data, formats=("tflite",))
    assert open_bundle(conversion.bundle).manifest.labels == ("rock", "paper", "scissors")


def test_a_single_format_may_be_given_as_a_word(tmp_path, data):
    conversion = convert(model(), EXAMPLE, out=tmp_path / "b", calib=data, formats="tflite")
    assert {one["engine"] for one in conversion.report["candidates"]} == {"ai-edge-litert"}


def test_a_kept_step_lies_in_the_bundle(tmp_path, data):
    convert(model(), EXAMPLE, out=tmp_path / "b", calib=data, formats="tflite", keep_steps=True)
    assert len(list((tmp_path / "b" / "steps").iterdir())) >= 5


def test_a_dry_run_says_what_would_be_done(tmp_path, data):
    conversion = convert(model(), EXAMPLE, out=tmp_path / "b", calib=data, dry_run=True)
    assert conversion.bundle is None
    assert "calibrated with 12 samples of data.npz" in conversion.report["verdict"]["reason"]
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("changes", "fault", "said"),
    [
        ({"formats": ()}, BadUsage, "no format was asked for"),
        ({"target": "tensorrt"}, BadUsage, "tensorrt reads onnx files; add onnx to --to"),
        ({"formats": ("coreml",)}, BadUsage, "the format is 'coreml'; choose onnx or tflite"),
        ({"recipe": "int9"}, BadUsage, "there is no recipe 'int9'"),
        ({"calib": None}, BadUsage, "calibration needs real data"),
        ({"calib": "nowhere/data.npz"}, BadData, "does not exist"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_computed(tmp_path, data, changes, fault, said):
    settings = {"out": tmp_path / "b", "calib": data, "formats": ("tflite",), **changes}
    with pytest.raises(fault, match=said):
        convert(model(), EXAMPLE, **settings)
    assert not (tmp_path / "b").exists()


def test_a_module_in_training_mode_is_refused(tmp_path, data):
    with pytest.raises(BrokenModel, match=r"is in training mode; call \.eval\(\)"):
        convert(model().train(), EXAMPLE, out=tmp_path / "b", calib=data)


def test_a_missing_engine_is_named_before_anything_is_computed(tmp_path, data, monkeypatch):
    monkeypatch.setattr("edgeattn_runtime.session.is_installed", lambda engine: False)
    with pytest.raises(BadEnvironment, match="pip install onnxruntime"):
        convert(model(), EXAMPLE, out=tmp_path / "b", calib=data)


def test_force_replaces_the_bundle(tmp_path, data):
    for force in (False, True):
        conversion = convert(
            model(), EXAMPLE, out=tmp_path / "b", calib=data, formats="tflite", force=force
        )
        assert conversion.passed
    with pytest.raises(BadUsage, match="add --force"):
        convert(model(), EXAMPLE, out=tmp_path / "b", calib=data, formats="tflite")


def test_evaluation_data_of_another_kind_is_a_warning_and_a_fact_of_the_report(tmp_path, data):
    other = tmp_path / "other.npz"
    with np.load(data) as arrays:
        np.savez(other, x=arrays["x"] + np.float32(5), y=arrays["y"])
    found = convert(
        model(), EXAMPLE, out=tmp_path / "b", calib=data, evaluation=other, formats=("tflite",)
    )
    (warning,) = found.warnings
    assert warning.startswith("calibration data differs from the evaluation data: mean off by ")
    assert found.report["data"]["shift"]["warning"] == warning
    same = convert(model(), EXAMPLE, out=tmp_path / "c", calib=data, formats=("tflite",))
    assert same.warnings == ()
    assert same.report["data"]["shift"]["warning"] is None


def test_a_clock_that_counts_instructions_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_CLOCK", "instructions")
    with pytest.raises(BadUsage, match="a conversion needs time, and EDGEATTN_CLOCK=instructions"):
        convert("gesture-hybrid", out=tmp_path / "bundle")
