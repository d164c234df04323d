from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgeattn_runtime import accelerated, open_bundle
from edgeattn_runtime.accelerated import (
    benched,
    canaries,
    files_for,
    judge,
    remarks_on,
    substitution,
)
from edgeattn_runtime.check import candidate_of, check_bundle, select_files
from edgeattn_runtime.errors import BadEnvironment, BadUsage, GateFailed
from edgeattn_runtime.placement import Placement
from edgeattn_runtime.port import Port
from edgeattn_runtime.samples import Golden

HERE = Placement("WebGpuExecutionProvider", here=3)
NOWHERE = Placement("WebGpuExecutionProvider", here=0, whole=False)


class FakeGpu:
    """A GPU that computes what a function says: a real one runs in tests/boards."""

    engine, engine_version = "webgpu", "1.31.1"
    provider_requested = provider_actual = "WebGpuExecutionProvider"
    kernels = None

    def __init__(self, compute, placement=HERE):
        self.compute, self.placement = compute, placement
        self.inputs = (Port("image", (1, 8), "float32"),)
        self.outputs = (Port("logits", (1, 4), "float32"),)

    def run(self, inputs):
        self.bind(inputs)
        self.invoke()
        return self.fetch()

    def bind(self, inputs):
        self.bound = inputs["image"]

    def invoke(self):
        self.found = self.compute(self.bound)

    def fetch(self):
        return {"logits": np.asarray(self.found, np.float32)}


@pytest.fixture
def bundle(bundle_path):
    return open_bundle(bundle_path)


@pytest.fixture
def made_for_webgpu(make_bundle, edit_manifest):
    """The same bundle, its ONNX files made for WebGPU."""
    path = make_bundle()

    def change(read):
        read["recommended"] = {}
        for file in read["files"]:
            if file["format"] == "onnx":
                file["target"] = "onnxruntime-webgpu"

    edit_manifest(path, change)
    return open_bundle(path)


def names(files):
    return [file.name for file in files]


def test_files_made_for_an_accelerator_come_alone(made_for_webgpu):
    assert names(files_for(made_for_webgpu, "webgpu")) == ["model_fp32.onnx", "model_int8.onnx"]
    file = files_for(made_for_webgpu, "webgpu")[0]
    assert substitution(file, "webgpu:software=yes") is None


def test_without_one_the_fp32_file_runs_and_that_is_said(bundle):
    (file,) = files_for(bundle, "litert-gpu")
    assert file.name == "model_fp32.tflite"
    assert substitution(file, "litert-gpu") == (
        "no file is made for litert-gpu, so the CPU's fp32 file ran; "
        "`edgeattn convert --target litert-gpu` makes one"
    )


def test_the_cpu_is_no_substitution(bundle):
    assert substitution(bundle.manifest.files[0], "onnxruntime") is None
    assert substitution(bundle.manifest.files[0], None) is None


def test_a_bundle_in_another_format_is_refused(bundle):
    for name in ("model_fp32.onnx", "model_int8.onnx"):
        (bundle.path / name).unlink()
    with pytest.raises(BadEnvironment, match=r"webgpu runs \.onnx files and this bundle has none"):
        files_for(bundle, "webgpu")


def test_select_files_takes_accelerators_by_name(made_for_webgpu):
    found = select_files(made_for_webgpu, ["webgpu:software=yes"], "int8")
    assert [(file.precision, engine) for file, engine in found] == [
        ("fp32", "webgpu:software=yes"), ("int8", "webgpu:software=yes")
    ]  # fmt: skip
    assert select_files(made_for_webgpu, None)  # the CPU engines run them, too
    with pytest.raises(BadUsage, match="webgpu has no option 'speed=9'"):
        select_files(made_for_webgpu, ["webgpu:speed=9"])


def test_a_bundle_chooses_the_file_of_the_accelerator(made_for_webgpu):
    assert made_for_webgpu.choose("int8", "webgpu").name == "model_int8.onnx"
    assert made_for_webgpu.choose(None, "webgpu:software=yes").target == "onnxruntime-webgpu"
    with pytest.raises(BadUsage, match=r"no int8 file for litert-gpu; it has fp32 \(model_fp32"):
        made_for_webgpu.choose("int8", "litert-gpu")


def test_canaries_have_no_two_tokens_alike():
    golden = Golden({"x": np.ones((2, 5, 3), np.float32)}, {"y": np.zeros((2, 1))}, {})
    x = canaries(golden, (Port("x", (1, 5, 3), "float32"),))["x"]
    assert x.shape == (8, 5, 3)
    assert x.dtype == np.float32
    assert len(np.unique(x.reshape(-1, 3), axis=0)) == 40


def test_canaries_of_whole_numbers_stay_within_those_that_occur():
    ids = np.array([[1, 5, 9], [5, 1, 1]], np.int64)
    golden = Golden({"ids": ids}, {"y": np.zeros((2, 1))}, {})
    drawn = canaries(golden, (Port("ids", (1, 3), "int64"),))["ids"]
    assert set(drawn.ravel()) <= {1, 5, 9}
    assert drawn.dtype == np.int64


def test_canaries_are_the_same_every_time():
    golden = Golden({"x": np.eye(3, dtype=np.float32)}, {"y": np.zeros((3, 1))}, {})
    ports = (Port("x", (1, 3), "float32"),)
    np.testing.assert_array_equal(canaries(golden, ports)["x"], canaries(golden, ports)["x"])


@pytest.mark.parametrize("name", ["model_fp32.onnx", "model_int8.onnx"])
def test_a_gpu_that_computes_the_layer_is_trusted(made_for_webgpu, tiny, name):
    """An int8 file's weights are int8 there, its arithmetic float: nearer to float than the CPU."""
    (file,) = [one for one in made_for_webgpu.manifest.files if one.name == name]
    trusted, note = judge(
        FakeGpu(tiny.exact), made_for_webgpu, file, made_for_webgpu.golden(), "webgpu"
    )
    assert trusted, note
    assert "with the CPU on 8 canaries" in note
    assert "3 of 3 nodes on WebGpuExecutionProvider, no copies" in note


@pytest.mark.parametrize("name", ["model_fp32.onnx", "model_int8.onnx"])
def test_a_gpu_that_mixes_its_outputs_is_not(made_for_webgpu, tiny, name):
    (file,) = [one for one in made_for_webgpu.manifest.files if one.name == name]

    def first_for_all(x):
        return np.repeat(tiny.exact(x)[:, :1], 4, axis=1)

    trusted, note = judge(
        FakeGpu(first_for_all), made_for_webgpu, file, made_for_webgpu.golden(), "webgpu"
    )
    assert not trusted
    assert "differ on inputs that set the heads of an attention apart" in note


def test_what_fell_back_is_not_trusted_however_right(made_for_webgpu, tiny):
    file = made_for_webgpu.manifest.files[0]
    gpu = FakeGpu(tiny.exact, NOWHERE)
    trusted, note = judge(gpu, made_for_webgpu, file, made_for_webgpu.golden(), "webgpu")
    assert not trusted
    assert "was asked for and ran nothing" in note


@pytest.fixture
def gpu_opens(monkeypatch):
    """Let every session with an accelerator be this one."""

    def install(gpu):
        from edgeattn_runtime import bundle as bundles

        real = bundles.open_session

        def open_session(path, *, engine=None, threads=1):
            if engine == "webgpu":
                return gpu
            return real(path, engine=engine, threads=threads)

        monkeypatch.setattr(bundles, "open_session", open_session)

    return install


def test_check_fails_a_silent_fallback(made_for_webgpu, gpu_opens, tiny):
    gpu_opens(FakeGpu(tiny.exact, NOWHERE))
    report = check_bundle(made_for_webgpu, engines=["webgpu"])
    assert not report.verdict.passed
    assert "was asked for and ran nothing" in report.verdict.reason


def test_check_fails_a_gpu_that_answers_nan(made_for_webgpu, gpu_opens):
    gpu_opens(FakeGpu(lambda x: np.full((len(x), 4), np.nan)))
    report = check_bundle(made_for_webgpu, engines=["webgpu"])
    assert not report.verdict.passed
    assert "outputs are not finite" in report.candidates[0].note


def test_bench_refuses_a_time_that_is_the_cpus(bundle, tiny, images):
    gpu = FakeGpu(tiny.exact, NOWHERE)
    gpu.bind({"image": images[:1]})
    file = bundle.manifest.files[0]
    with pytest.raises(GateFailed, match=r"model_fp32\.onnx: .* ran nothing"):
        benched(candidate_of(file, "webgpu"), gpu, file, "webgpu")


def test_bench_leaves_the_cpu_alone(bundle, tiny):
    file = bundle.manifest.files[0]
    candidate = candidate_of(file, "onnxruntime")
    assert benched(candidate, FakeGpu(tiny.exact, None), file, None) is candidate


def test_remarks_say_what_a_latency_does_not(tiny):
    software = FakeGpu(tiny.exact, replace(HERE, software=True, whole=False))
    first, second = remarks_on([software, FakeGpu(tiny.exact)])
    assert "a software driver played the GPU" in first
    assert "a part of the graph ran on the CPU" in second
    assert remarks_on([FakeGpu(tiny.exact, None)]) == ()


def test_the_tolerance_is_that_of_the_arithmetic():
    assert accelerated.accelerator("litert-gpu").float_sqnr_db == 40
    assert accelerated.accelerator("litert-gpu:float32=yes").float_sqnr_db == 60
