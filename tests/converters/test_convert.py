import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from edgeattn_converters import verify
from edgeattn_converters.convert import convert
from edgeattn_converters.order import Order
from edgeattn_converters.policies import POLICIES, policies_for
from edgeattn_converters.recipe import RECIPES
from tests.converters.programs import MODELS


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    for name, value in {"WARMUP": 1, "ITERATIONS": 5, "BUDGET_S": 0.5}.items():
        monkeypatch.setattr(verify, name, value)
    monkeypatch.setattr(verify, "peak_rss_mb", lambda path, threads: 1.0)


def order(**changes):
    module, inputs = MODELS["residual"]()
    samples = np.random.default_rng(0).normal(size=(20, 3, 16, 16)).astype(np.float32)
    settings = {
        "module": module, "example_inputs": inputs, "name": "tiny",
        "calibration": {"x": samples[:10]}, "calibration_hashes": ("a" * 64,) * 10,
        "evaluation": {"x": samples[10:]}, "labels_of": np.arange(10) % 5,
        "recipe": RECIPES["int8"], "formats": ("tflite",),
    }  # fmt: skip
    return Order(**{**settings, **changes})


def test_the_line_ends_in_a_bundles_files(tmp_path):
    said = []
    converted = convert(order(), tmp_path, lambda text, share: said.append(share))
    assert {path.name for path in tmp_path.iterdir()} == {
        "model_fp32.tflite", "model_int8.tflite", "manifest.json", "golden.npz", "eval.npz",
        "calibration.json", "report.json",
    }  # fmt: skip
    for file in converted.manifest.files:
        assert hashlib.sha256((tmp_path / file.name).read_bytes()).hexdigest() == file.sha256
    assert said == sorted(said)
    assert 0 <= said[0] < said[-1] <= 1
    written = json.loads((tmp_path / "calibration.json").read_text())
    assert len(written["samples"]) == 10
    assert written["tensors"].keys() == converted.ranges.bounds.keys()


def test_the_same_order_gives_the_same_models(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        convert(order(), tmp_path / folder)
    for name in ("model_fp32.tflite", "model_int8.tflite", "calibration.json", "golden.npz"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_the_threads_of_pytorch_are_as_before(tmp_path):
    before = torch.get_num_threads()
    convert(order(), tmp_path)
    assert torch.get_num_threads() == before


def test_the_program_after_every_pass_can_be_kept(tmp_path):
    (tmp_path / "bundle").mkdir()
    convert(order(steps=tmp_path / "steps"), tmp_path / "bundle")
    steps = sorted(path.name for path in (tmp_path / "steps").iterdir())
    assert steps[0].startswith("00_")
    assert all(path.stat().st_size > 100 for path in (tmp_path / "steps").iterdir())


def test_another_policy_can_be_asked_for(tmp_path):
    policies = policies_for("tflite-runtime")
    converted = convert(order(policies=policies, target="tflite-runtime"), tmp_path)
    assert converted.report.verdict.winner is not None
    assert converted.manifest.target == "tflite-runtime"


def test_another_target_than_this_machine_reads_unmeasured(tmp_path):
    converted = convert(order(policies=policies_for("arm32"), target="arm32"), tmp_path)
    assert converted.report.verdict.reason.endswith("its speed there is unmeasured")
    assert converted.manifest.proven_on != "arm32"


def test_the_layers_are_those_of_the_file_that_ships(tmp_path):
    converted = convert(order(), tmp_path)
    layers = converted.report.layers
    assert [layer.op for layer in layers if not layer.kept_float].count("conv") == 4
    assert all(layer.sqnr_db > 20 for layer in layers)


def test_a_file_for_another_engine_lies_beside_those_that_run_here(tmp_path):
    converted = convert(
        order(elsewhere=(POLICIES["tensorrt"],), target="x86-vnni,tensorrt"), tmp_path
    )
    names = {file.name: file for file in converted.manifest.files}
    assert set(names) == {
        "model_fp32.tflite", "model_int8.tflite",
        "model_fp32.tensorrt.onnx", "model_int8.tensorrt.onnx",
    }  # fmt: skip
    assert names["model_int8.tensorrt.onnx"].recommended_for == ("tensorrt",)
    assert names["model_int8.tensorrt.onnx"].target == "tensorrt"
    assert converted.manifest.recommended.keys() == {"tflite"}
    assert converted.manifest.targets["tensorrt"].file == "model_int8.tensorrt.onnx"
    timed = {one.file: one.latency_ms is not None for one in converted.report.candidates}
    assert timed["model_int8.tflite"]
    assert not timed["model_int8.tensorrt.onnx"]


def test_another_engine_alone_needs_nothing_that_runs_here(tmp_path):
    wanted = order(elsewhere=(POLICIES["tensorrt"],), target="tensorrt", formats=())
    converted = convert(wanted, tmp_path)
    assert converted.report.verdict.winner == "model_int8.tensorrt.onnx"
    assert "unmeasured" in converted.report.verdict.reason
    assert "measured on" not in converted.report.verdict.reason
    assert converted.report.layers


def test_the_range_method_of_the_recipe_is_used_and_written_down(tmp_path):
    converted = convert(order(recipe=replace(RECIPES["int8"], calibration="mse")), tmp_path)
    written = json.loads((tmp_path / "calibration.json").read_text())
    assert written["method"] == converted.ranges.method == "mse"
    assert any(one["range"] != one["minmax"] for one in written["tensors"].values())
