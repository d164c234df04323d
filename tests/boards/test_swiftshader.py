"""Accelerators for real, on a software GPU: what is right passes, what is wrong is caught.

Each command runs in a process of its own, as a user's does: the driver is chosen by variables that
are read when the process starts.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from tests.boards.cache import unavailable
from tests.boards.gpu_bundles import Made, bundle_of, made
from tests.boards.swiftshader import swiftshader

RUNTIME = Path(__file__).parents[2] / "runtime"
LONG_S = 300  # compiling every shader on a loaded machine
NO_DRIVER = {"VK_ICD_FILENAMES": os.devnull, "ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER": "1"}
SHORT = ("--warmup", "1", "--iterations", "3", "--no-memory")


@pytest.fixture(scope="module")
def gpu() -> dict[str, str]:
    return swiftshader()


@pytest.fixture(scope="module")
def webgpu(gpu: dict[str, str]) -> dict[str, str]:
    if importlib.util.find_spec("onnxruntime_ep_webgpu") is None:
        unavailable("`pip install onnxruntime-ep-webgpu` brings ONNX Runtime's WebGPU plugin")
    return gpu


def run(variables: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(RUNTIME), **variables}
    return subprocess.run(
        [sys.executable, "-m", "edgeattn_runtime", *map(str, words)],
        env=environment, capture_output=True, text=True, check=False, timeout=LONG_S,
    )  # fmt: skip


def report_of(done: subprocess.CompletedProcess[str], code: int) -> Any:
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)  # nothing else may stand on stdout


def test_masked_attention_on_four_axes_passes_on_litert_gpu(
    gpu: dict[str, str], tmp_path: Path
) -> None:
    bundle = bundle_of(tmp_path / "b", made("litert-gpu"), target="litert-gpu")
    done = run(gpu, "check", bundle, "--engine", "litert-gpu:float32=yes", "--json")
    report = report_of(done, 0)
    assert report["context"]["provider_requested"] == "LiteRT GPU"
    assert "SwiftShader" in report["context"]["provider_actual"]
    assert "all on the GPU, by a software driver" in report["candidates"][0]["note"]
    assert done.stderr == ""


def test_masked_attention_on_three_axes_fails_on_litert_gpu(
    gpu: dict[str, str], tmp_path: Path
) -> None:
    """Every head gets head 0's scores; the accelerator says that all is well."""
    files = made("litert-gpu", masked_wrongly=True)
    bundle = bundle_of(tmp_path / "b", files, target="litert-gpu")
    report = report_of(run(gpu, "check", bundle, "--engine", "litert-gpu", "--json"), 1)
    assert "SQNR against what was promised" in report["candidates"][0]["note"]
    # The file itself is sound: the CPU computes it rightly.
    assert run(gpu, "check", bundle, "--engine", "tflite").returncode == 0


def test_canaries_catch_what_golden_inputs_hide(gpu: dict[str, str], tmp_path: Path) -> None:
    """Where all tokens are alike, attention returns their value however wrong its weights are."""
    files = made("litert-gpu", masked_wrongly=True)
    bundle = bundle_of(tmp_path / "b", files, target="litert-gpu", tokens_alike=True)
    report = report_of(run(gpu, "check", bundle, "--engine", "litert-gpu", "--json"), 1)
    note = report["candidates"][0]["note"]
    assert note.startswith("litert-gpu and the CPU differ on inputs that set the heads"), note


def test_litert_gpu_without_a_gpu_is_an_error(gpu: dict[str, str], tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path / "b", made("litert-gpu"), target="litert-gpu")
    done = run({**gpu, **NO_DRIVER}, "check", bundle, "--engine", "litert-gpu")
    assert (done.returncode, done.stdout) == (3, "")
    assert "LiteRT's GPU accelerator finds no GPU here" in done.stderr


def test_a_file_for_webgpu_passes_with_every_node_there(
    webgpu: dict[str, str], tmp_path: Path
) -> None:
    files = made("onnxruntime-webgpu")
    bundle = bundle_of(tmp_path / "b", files, target="onnxruntime-webgpu", format="onnx")
    report = report_of(run(webgpu, "check", bundle, "--engine", "webgpu", "--json"), 0)
    context = report["context"]
    assert context["provider_requested"] == context["provider_actual"] == "WebGpuExecutionProvider"
    assert "onnxruntime-ep-webgpu" in context["engine_version"]
    assert "nodes on WebGpuExecutionProvider, no copies" in report["candidates"][0]["note"]


def test_a_file_that_falls_back_in_part_fails_on_webgpu(
    webgpu: dict[str, str], tmp_path: Path
) -> None:
    """WebGPU has no QuantizeLinear: activations travel to the CPU and back at every pair."""
    files = made("tensorrt")
    bundle = bundle_of(
        tmp_path / "b", files, target="onnxruntime-webgpu", format="onnx", precisions=["int8"]
    )
    report = report_of(run(webgpu, "check", bundle, "--engine", "webgpu", "--json"), 1)
    note = report["candidates"][0]["note"]
    assert "WebGpuExecutionProvider did not take the whole graph" in note
    assert "QuantizeLinear on CPUExecutionProvider" in note
    assert "copies a run" in note
    done = run(webgpu, "check", bundle, "--engine", "webgpu:partial=yes", "--json")
    assert "did not take" not in report_of(done, 0)["candidates"][0]["note"]


def test_bench_on_webgpu_says_that_a_software_driver_ran(
    webgpu: dict[str, str], tmp_path: Path
) -> None:
    bundle = bundle_of(tmp_path / "b", made("onnxruntime-webgpu"), target=None, format="onnx")
    done = run(webgpu, "bench", bundle, "--engine", "webgpu", "--json", *SHORT)
    report = report_of(done, 0)
    assert report["candidates"][0]["engine"] == "webgpu"
    assert report["candidates"][0]["latency_ms"]["n"] == 3
    assert "no file is made for webgpu" in report["candidates"][0]["note"]
    assert any("software driver" in remark for remark in report["remarks"])


def test_webgpu_without_a_gpu_is_an_error_not_the_cpu(
    webgpu: dict[str, str], tmp_path: Path
) -> None:
    files = made("onnxruntime-webgpu")
    bundle = bundle_of(tmp_path / "b", files, target="onnxruntime-webgpu", format="onnx")
    done = run({**webgpu, **NO_DRIVER}, "bench", bundle, "--engine", "webgpu", *SHORT)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Failed to get a WebGPU adapter" in done.stderr


def test_a_gpu_that_answers_nan_is_not_timed(webgpu: dict[str, str], tmp_path: Path) -> None:
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 8, 16]) for name in ("x", "y")
    ]
    ends[1] = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 8, 16])
    root = helper.make_node("Sqrt", ["x"], ["output"])  # of negative numbers, too
    graph = helper.make_graph([root], "root", ends[:1], ends[1:])
    opset = [helper.make_opsetid("", 17)]
    content = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    files = Made({"fp32": content}, made("onnxruntime-webgpu").module)
    bundle = bundle_of(tmp_path / "b", files, target=None, format="onnx")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["outputs"][0]["shape"] = [1, 8, 16]
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    assert np.load(bundle / "golden.npz")["input/x"].min() < 0
    done = run(webgpu, "bench", bundle, "--engine", "webgpu", *SHORT)
    assert (done.returncode, done.stdout) == (1, "")
    assert "values of output are not finite on webgpu" in done.stderr
