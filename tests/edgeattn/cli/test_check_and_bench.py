import json

import pytest

from edgeattn_runtime.machine import Context
from edgeattn_runtime.report import Candidate, Gates, ModelFacts, Report, Verdict


@pytest.fixture(params=["check", "bench"])
def measured(request, monkeypatch):
    """Put a fake in the place of the measurement; return (the command, what it was called with)."""
    called = {}

    def prepare(passed=True):
        def measure(bundle, **settings):
            called.update(settings, bundle=bundle)
            return Report(
                model=ModelFacts("tiny"),
                context=Context(cpu="Cortex-A76"),
                candidates=(Candidate("onnxruntime", "int8", file="model_int8.onnx"),),
                verdict=Verdict(None, passed, "as measured", Gates()),
            )

        monkeypatch.setattr("edgeattn_runtime.bundle.open_bundle", lambda path: f"opened {path}")
        monkeypatch.setattr(f"edgeattn_runtime.{request.param}.{request.param}_bundle", measure)
        return request.param, called

    return prepare


@pytest.mark.parametrize(("passed", "exit_code"), [(True, 0), (False, 1)])
def test_the_exit_code_says_whether_the_gates_hold(edgeattn, measured, passed, exit_code):
    command, _ = measured(passed)
    result = edgeattn(command, "b")
    assert result.exit_code == exit_code, result.output
    assert "as measured" in result.stdout


def test_json_is_the_report(edgeattn, measured):
    command, _ = measured()
    read = json.loads(edgeattn(command, "b", "--json").stdout)
    assert read["candidates"][0]["file"] == "model_int8.onnx"


def test_threads_and_engine_reach_the_library(edgeattn, measured):
    command, called = measured()
    edgeattn(command, "b", "--threads", 2, "--engine", "tflite")
    assert (called["bundle"], called["threads"], called["engines"]) == ("opened b", 2, ("tflite",))


def test_a_bundle_that_does_not_exist_is_an_input_at_fault(edgeattn, tmp_path):
    for command in ("check", "bench"):
        result = edgeattn(command, tmp_path / "nowhere")
        assert result.exit_code == 3
        assert result.stderr.startswith("Error: ")
        assert len(result.stderr.splitlines()) == 1


def test_labelled_data_reaches_the_check(edgeattn, monkeypatch):
    called = {}
    monkeypatch.setattr("edgeattn_runtime.bundle.open_bundle", lambda path: "opened")
    monkeypatch.setattr("edgeattn.bundle_samples.samples_for", lambda bundle, spec: (bundle, spec))

    def check(bundle, **settings):
        called.update(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr("edgeattn_runtime.check.check_bundle", check)
    assert edgeattn("check", "b", "--data", "photos", "--max-drop", 2).exit_code == 130
    assert called["data"] == ("opened", "photos")
    assert called["gates"] == Gates(max_drop_pp=2.0)


def test_the_settings_of_a_measurement_reach_the_bench(edgeattn, monkeypatch):
    called = {}
    monkeypatch.setattr("edgeattn_runtime.bundle.open_bundle", lambda path: "opened")

    def bench(bundle, **settings):
        called.update(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr("edgeattn_runtime.bench.bench_bundle", bench)
    words = "--precision int8 --warmup 3 --iterations 9 --min-speedup 1.2 --no-memory"
    more = "--cores 0-1 --sustained 2m --cold-start --per-op --energy"
    edgeattn("bench", "b", *words.split(), *more.split())
    for name in ("progress", "engines", "threads", "tell"):
        del called[name]
    assert called == {
        "precision": "int8",
        "warmup": 3,
        "iterations": 9,
        "min_speedup": 1.2,
        "memory": False,
        "cores": "0-1",
        "sustained_s": 120.0,
        "cold_start": True,
        "per_op": True,
        "energy": True,
    }
