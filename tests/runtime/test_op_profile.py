from __future__ import annotations

import pytest

from edgeattn_runtime import op_profile
from edgeattn_runtime.errors import BadEnvironment, BrokenModel
from edgeattn_runtime.op_profile import OpTime, profile_ops


def kernel(ts: int, dur: int, name: str, op: str = "Gemm", provider: str = "CPU"):
    event = {"cat": "Node", "ts": ts, "dur": dur, "name": f"{name}_kernel_time"}
    return {**event, "args": {"op_name": op, "provider": provider}}


def run(ts: int):
    return {"cat": "Session", "ts": ts, "dur": 90, "name": "model_run"}


@pytest.fixture
def model(tmp_path, onnx_bytes):
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_bytes["int8"])
    return path


@pytest.fixture
def profiled(monkeypatch, model, images):
    """Return the profile of a made-up trace."""

    def profile(trace, **options):
        monkeypatch.setattr(op_profile, "_onnxruntime_trace", lambda *a: trace)
        return profile_ops(model, {"image": images[:1]}, engine="onnxruntime", **options)

    return profile


def test_a_real_trace_names_the_operators_that_ran(model, images):
    found = profile_ops(model, {"image": images[:1]}, engine="onnxruntime", runs=4)
    assert {"QuantizeLinear", "QGemm"} & {one.op for one in found}
    assert sum(one.share for one in found) == pytest.approx(1)
    assert all(one.count >= 1 and one.provider == "CPUExecutionProvider" for one in found)


def test_nodes_of_a_kind_add_up_each_with_its_median(profiled):
    trace = [
        *[run(0), kernel(1, 10, "a"), kernel(20, 30, "b"), kernel(60, 20, "c", "Softmax")],
        *[run(100), kernel(101, 12, "a"), kernel(120, 30, "b"), kernel(160, 20, "c", "Softmax")],
        *[run(200), kernel(201, 9000, "a"), kernel(220, 30, "b"), kernel(260, 22, "c", "Softmax")],
    ]
    gemm, softmax = profiled(trace, runs=3)
    assert (gemm.op, gemm.count, gemm.ms) == ("Gemm", 2, 0.042)
    assert (softmax.ms, softmax.share) == (0.020, 20 / 62)


def test_the_warm_up_does_not_count(profiled):
    trace = [run(0), kernel(1, 500, "a"), run(1000), kernel(1001, 10, "a")]
    [found] = profiled(trace, runs=1)
    assert found.ms == 0.010


def test_a_kind_on_two_back_ends_is_two_lines(profiled):
    trace = [run(0), kernel(1, 30, "a", provider="WebGPU"), kernel(40, 10, "b", provider="CPU")]
    assert [one.provider for one in profiled(trace, runs=1)] == ["WebGPU", "CPU"]


def test_without_a_clock_that_tells_time_only_shares_are_told(profiled):
    trace = [run(0), kernel(1, 30, "a"), kernel(40, 10, "b", "Softmax")]
    found = profiled(trace, runs=1, has_time=False)
    assert [(one.ms, one.share) for one in found] == [(None, 0.75), (None, 0.25)]


def test_nothing_but_kernels_counts(profiled):
    fence = {"cat": "Node", "ts": 1, "dur": 99, "name": "a_fence_before", "args": {}}
    assert profiled([run(0), fence], runs=1) == ()


def test_kernels_too_short_to_count_have_no_share(profiled):
    assert profiled([run(0), kernel(1, 0, "a")], runs=1) == (OpTime("Gemm", 1, 0.0, 0.0, "CPU"),)


def test_an_engine_without_a_profiler_says_so(model):
    with pytest.raises(BadEnvironment, match="ai-edge-litert has no profiler in its Python API"):
        profile_ops(model, {}, engine="ai-edge-litert")


def test_operators_of_a_gpu_are_not_timed_by_the_launch_of_their_kernels(model):
    with pytest.raises(BadEnvironment, match="run on after the engine's clock for them has stopp"):
        profile_ops(model, {}, engine="webgpu:software=yes")


def test_a_model_the_engine_refuses_is_told(tmp_path, onnx_bytes):
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_bytes["fp32"][:100])
    with pytest.raises(BrokenModel, match=r"onnxruntime cannot open model.onnx"):
        profile_ops(path, {}, engine="onnxruntime")


def test_a_trace_cut_short_by_a_full_disk_is_told(model, images, monkeypatch):
    def fail(text):
        raise ValueError("Unterminated string")

    monkeypatch.setattr(op_profile.json, "loads", fail)
    with pytest.raises(BadEnvironment, match=r"cannot be read \(Unterminated string\)"):
        profile_ops(model, {"image": images[:1]}, engine="onnxruntime", runs=1)
