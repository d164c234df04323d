from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgeattn_runtime
from edgeattn_runtime import memory
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.memory import PeakMemory, own_peak_mb, peak_memory, peak_rss_mb

HOME = str(Path(edgeattn_runtime.__file__).parent.parent)


@pytest.fixture
def model(tmp_path, onnx_bytes) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_bytes["fp32"])
    return path


@pytest.fixture
def large_model(tmp_path) -> Path:
    """A model with 40 MB of weights."""
    weight = np.ones((1000, 10_000), np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "large",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1000])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10_000])],
        [numpy_helper.from_array(weight, "w")],
    )
    path = tmp_path / "large.onnx"
    opset = [helper.make_opsetid("", 17)]
    path.write_bytes(
        helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    )
    return path


def test_a_large_models_weights_show(model, large_model):
    small, large = peak_memory(model), peak_memory(large_model)
    assert large.model_mb - small.model_mb > 35  # 40 MB of weights, less noise between processes
    assert 20 < small.baseline_rss_mb < small.peak_rss_mb < 1000


def test_the_parents_own_memory_does_not_count(model):
    """A parent that has touched 160 MB; `ru_maxrss` of its child would show them."""
    script = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from edgeattn_runtime.memory import peak_rss_mb\n"
        "ballast = np.ones(20_000_000)\n"
        "print(peak_rss_mb(Path(sys.argv[1])))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(model)],
        env={"PYTHONPATH": HOME},
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 150  # Python, NumPy and the engine take some 65 MB


def test_the_short_form_is_the_peak(model, monkeypatch):
    monkeypatch.setattr(memory, "peak_memory", lambda *a, **k: PeakMemory(12.5, 10.0))
    assert peak_rss_mb(model) == 12.5


def test_a_models_share_is_never_negative():
    assert PeakMemory(10.0, 12.0).model_mb == 0


def test_a_folder_of_the_packages_name_does_not_get_in_the_way(model, tmp_path, monkeypatch):
    (tmp_path / "edgeattn_runtime").mkdir()
    (tmp_path / "edgeattn_runtime/__init__.py").write_text("raise RuntimeError")
    monkeypatch.chdir(tmp_path)
    assert peak_memory(model).peak_rss_mb > 20


def test_a_child_that_fails_is_told_with_its_last_words(tmp_path, onnx_bytes):
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_bytes["fp32"][:100])
    with pytest.raises(BadEnvironment, match=r"ended with 3: onnxruntime .* cannot open"):
        peak_memory(path)


def test_a_child_that_cannot_start_is_told(model, monkeypatch):
    monkeypatch.setattr(memory.sys, "executable", "/nowhere/python")
    with pytest.raises(BadEnvironment, match=r"cannot measure the memory of model.onnx"):
        peak_memory(model)


def test_a_machine_without_the_figure_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    monkeypatch.setattr(memory.sys, "platform", "win32")
    with pytest.raises(BadEnvironment, match="not measured on Windows"):
        own_peak_mb()


def test_elsewhere_the_kernel_counts_for_the_process(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    assert own_peak_mb() > 20


def test_the_childs_side_prints_one_json_object(model, capsys):
    assert memory.main([str(model), "--runs", "1"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"peak_rss_mb", "baseline_rss_mb"}


def test_the_childs_side_measures_tflite_too(tmp_path, tflite_bytes, capsys):
    path = tmp_path / "model.tflite"
    path.write_bytes(tflite_bytes["int8-io"])
    assert memory.main([str(path), "--engine", "ai-edge-litert"]) == 0
    assert json.loads(capsys.readouterr().out)["peak_rss_mb"] > 20
