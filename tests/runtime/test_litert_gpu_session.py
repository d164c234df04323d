"""What LiteRT's accelerator says and does, on a stand-in; it runs for real in tests/boards."""

from __future__ import annotations

import os
from types import SimpleNamespace

import numpy as np
import pytest

from edgeattn_runtime import litert_gpu_session, open_session
from edgeattn_runtime.errors import BadData, BadEnvironment, BrokenModel

# ai-edge-litert 2.3.0, shortened.
ADAPTER = (
    b"I0000 00:00:1795288781.226816 24554 environment.cc:532] Selected adapter: Mali-G715, "
    b"arch=valhall, vendor=arm, backend=Vulkan, adapterType=integrated GPU\n"
)
NO_VULKAN = (
    b"Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file\n"
    b"ERROR: [delegate_webgpu.cc:359] Failed to initialize WebGPU environment: INTERNAL: No "
    b"adapters found\n"
)
UNTAKEN = ADAPTER + b"ERROR: [delegate.cc:12] Unable to parse bc coord for BATCH axis\n"


class FakeModel:
    """A CompiledModel of the tiny layer; prints where the real one does, on both streams."""

    says, whole, fails = ADAPTER, True, False

    def __init__(self, weight):
        self.weight = weight
        os.write(1, b"INFO: Failed to load OpenCL library with dlopen\n")
        os.write(2, self.says)
        if self.fails:
            raise RuntimeError("ERROR: [./litert/cc/litert_compiled_model.h:1961]")

    def is_fully_accelerated(self):
        return self.whole

    def get_signature_list(self):
        return {"serving_default": {"inputs": ["image"], "outputs": ["logits"]}}

    def get_input_tensor_details(self, key):
        return {"image": {"dtype": "float32", "shape": [1, 8]}}

    def get_output_tensor_details(self, key):
        return {"logits": {"dtype": "float32", "shape": [1, 4]}}

    def create_input_buffers(self, index):
        buffer = SimpleNamespace(value=None)
        buffer.write = lambda value: setattr(buffer, "value", value)
        return [buffer]

    def create_output_buffers(self, index):
        buffer = SimpleNamespace(value=None)
        buffer.read = lambda size, kind: buffer.value.ravel()[:size].astype(kind)
        return [buffer]

    def run_by_index(self, index, inputs, outputs):
        outputs[0].value = inputs[0].value @ self.weight.T


@pytest.fixture
def gpu(monkeypatch, tiny, tflite_bytes):
    """Open the tiny file on a stand-in, changed by what is given."""

    def open_it(**changes):
        model = type("Model", (FakeModel,), changes)
        made = SimpleNamespace(from_buffer=lambda content, options: model(tiny.weight))
        monkeypatch.setattr(litert_gpu_session, "_options", lambda provider: (made, None))
        return open_session(tflite_bytes["fp32"], engine="litert-gpu")

    return open_it


def test_it_runs_like_any_session(gpu, tiny, images):
    session = gpu()
    found = session.run({"image": images[:1]})["logits"]
    np.testing.assert_allclose(found, tiny.exact(images[:1]), rtol=0, atol=1e-5)  # float32 sums
    session.bind({"image": images[1:2]})
    session.invoke()
    np.testing.assert_allclose(session.fetch()["logits"], tiny.exact(images[1:2]), atol=1e-5)


def test_it_names_the_gpu_it_found(gpu):
    session = gpu()
    assert session.provider_requested == "LiteRT GPU"
    assert session.provider_actual == "LiteRT GPU on Mali-G715"
    assert not session.placement.software
    assert session.placement.fault() is None


def test_nothing_it_prints_reaches_the_user(gpu, capfd):
    gpu()
    assert capfd.readouterr() == ("", "")


def test_a_part_on_the_cpu_is_a_fault(gpu):
    session = gpu(whole=False)
    assert session.provider_actual == "LiteRT GPU on Mali-G715 and CPU"
    assert "did not take the whole graph" in session.placement.fault()


def test_a_shader_that_does_not_compile_is_a_fault(gpu):
    session = gpu(says=ADAPTER + b"Validation error: cannot assign 'vec4<f16>' to 'vec4<i32>'\n")
    assert "could not compile its code" in session.placement.fault()


def test_a_missing_loader_is_named(gpu):
    with pytest.raises(
        BadEnvironment, match=r"finds no GPU here \(Couldn't load Vulkan: libvulkan"
    ):
        gpu(says=NO_VULKAN, fails=True)


def test_nothing_of_a_refusal_reaches_the_user_either(gpu, capfd):
    with pytest.raises(BadEnvironment):
        gpu(says=NO_VULKAN, fails=True)
    assert capfd.readouterr() == ("", "")


def test_a_file_it_cannot_take_is_told_in_its_words(gpu):
    with pytest.raises(
        BrokenModel, match="Unable to parse bc coord for BATCH axis; `edgeattn conv"
    ):
        gpu(says=UNTAKEN, fails=True)


def test_inputs_that_do_not_fit_are_refused(gpu, images):
    session = gpu()
    for wrong in ({}, {"image": images[:2]}, {"image": images[:1].astype(np.float64)}):
        with pytest.raises(BadData):
            session.run(wrong)


def test_a_failing_run_is_told(gpu, images):
    session = gpu()

    def lost(index, inputs, outputs):
        raise RuntimeError("device lost")

    session._gpu.model.run_by_index = lost
    with pytest.raises(BrokenModel, match="litert-gpu failed while running the model: device lost"):
        session.run({"image": images[:1]})
