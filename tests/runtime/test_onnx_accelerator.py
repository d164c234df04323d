"""The engine's refusals, in the engine's own words; what really runs is in tests/boards."""

from __future__ import annotations

import importlib.util
import os
from types import SimpleNamespace

import onnxruntime
import pytest

from edgeattn_runtime import onnx_accelerator, open_session
from edgeattn_runtime.errors import BadEnvironment, BrokenModel, GateFailed
from edgeattn_runtime.onnx_accelerator import open_there
from edgeattn_runtime.providers import accelerator

# onnxruntime-gpu 1.31.1 without CUDA: an error on stderr, and a session on the CPU.
NO_CUDA = (
    b"[E:onnxruntime:Default, provider_bridge_ort.cc:2458 operator()] Failed to load library "
    b"/x/capi/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared "
    b"object file: No such file or directory\n"
)
# onnxruntime 1.31.1 with onnxruntime-ep-webgpu 0.4.0 and no Vulkan driver.
NO_ADAPTER = (
    "ep_plugin_provider_interfaces.cc:71 CreateProvider Error creating execution provider: "
    "EP_FAIL : webgpu_context.cc:136 Failed to get a WebGPU adapter: No supported adapters\n"
)


class Opened(SimpleNamespace):
    """A session; unlike its base, something that can be watched until it is gone."""


class FakeEngine:
    """Stands for an onnxruntime with other providers: real ones need CUDA, which is not here."""

    __version__ = "1.31.1"

    def __init__(self, available, *, opens_on=(), says=b"", raises=None):
        self.available, self.opens_on, self.says, self.raises = available, opens_on, says, raises

    def get_available_providers(self):
        return self.available

    def InferenceSession(self, source, options, **settings):  # noqa: N802
        assert settings["enable_fallback"] == 0
        os.write(2, self.says)
        if self.raises is not None:
            raise RuntimeError(self.raises)
        profile = f"{options.profile_file_prefix}_now.json"
        return Opened(
            get_providers=lambda: list(self.opens_on), end_profiling=lambda: write(profile)
        )


def write(path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("[]")
    return path


def opened(engine, words):
    return open_there(engine, b"", onnxruntime.SessionOptions(), accelerator(words), "model.onnx")


@pytest.mark.parametrize(
    ("engine", "package"),
    [("cuda", "pip install onnxruntime-gpu"), ("tensorrt", "`edgeattn trtexec` needs neither")],
)
def test_a_provider_that_is_not_built_in_is_told_with_its_package(onnx_bytes, engine, package):
    with pytest.raises(BadEnvironment) as refused:
        open_session(onnx_bytes["fp32"], engine=engine)
    assert f"has no {accelerator(engine).requested} (it has " in str(refused.value)
    assert package in str(refused.value)


def test_a_silent_fallback_is_a_failed_gate_with_the_missing_library(capfd):
    cuda = FakeEngine(
        ["CUDAExecutionProvider"], opens_on=["CPUExecutionProvider"], says=NO_CUDA
    )  # fmt: skip
    with pytest.raises(GateFailed) as failed:
        opened(cuda, "cuda")
    assert str(failed.value).startswith(
        "CUDAExecutionProvider was asked for and model.onnx was opened on CPUExecutionProvider, "
        "because libcublasLt.so.13: cannot open shared object file"
    )
    assert capfd.readouterr().err == ""


def test_no_gpu_is_told_as_such():
    webgpu = FakeEngine(["CUDAExecutionProvider"], raises=NO_ADAPTER)
    with pytest.raises(BadEnvironment, match="Failed to get a WebGPU adapter: No supported adap"):
        opened(webgpu, "cuda")


def test_engines_that_another_tensorrt_built_are_told_with_their_folder(tmp_path):
    stale = FakeEngine(
        ["TensorrtExecutionProvider"],
        raises="TensorRT EP could not deserialize engine from cache: trt/model.engine",
    )
    with pytest.raises(BadEnvironment, match=r"TensorRT cannot use the engines in .*; remove that"):
        opened(stale, f"tensorrt:cache={tmp_path}")


def test_a_file_that_the_provider_refuses_is_told_with_its_target():
    refusing = FakeEngine(["TensorrtExecutionProvider"], raises="node Loop is not supported")
    with pytest.raises(BrokenModel, match=r"cannot open model\.onnx: node Loop .* for tensorrt"):
        opened(refusing, "tensorrt")


def test_no_profile_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_accelerator.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(GateFailed):
        opened(FakeEngine(["CUDAExecutionProvider"], opens_on=["CPUExecutionProvider"]), "cuda")
    with pytest.raises(BrokenModel):
        opened(FakeEngine(["CUDAExecutionProvider"], raises="refused"), "cuda")
    with pytest.raises(BadEnvironment):
        opened(FakeEngine([]), "cuda")
    assert list(tmp_path.iterdir()) == []


def test_no_profile_is_left_behind_by_a_session_that_never_ran(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_accelerator.tempfile, "tempdir", str(tmp_path))
    session = opened(
        FakeEngine(["CUDAExecutionProvider"], opens_on=["CUDAExecutionProvider"]), "cuda"
    )
    assert list(tmp_path.iterdir())
    del session
    assert not list(tmp_path.iterdir())


def test_webgpu_without_its_plugin_is_told_with_the_package(onnx_bytes, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec",
        lambda name: None if name == onnx_accelerator.PLUGIN else find(name),
    )  # fmt: skip
    if "WebGpuExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has WebGPU built in, or its plugin was registered before")
    with pytest.raises(BadEnvironment, match="onnxruntime-ep-webgpu brings it"):
        open_session(onnx_bytes["fp32"], engine="webgpu")


def test_webgpu_without_a_gpu_is_told_how_to_take_a_software_driver(onnx_bytes, monkeypatch):
    pytest.importorskip("onnxruntime_ep_webgpu")
    monkeypatch.setenv("ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER", "0")
    monkeypatch.setattr(onnxruntime, "get_ep_devices", list)
    monkeypatch.setattr(onnxruntime, "register_execution_provider_library", lambda *words: None)
    monkeypatch.setattr(onnxruntime, "unregister_execution_provider_library", lambda *words: None)
    with pytest.raises(BadEnvironment, match="webgpu:software=yes to take a software one"):
        open_session(onnx_bytes["fp32"], engine="webgpu")
