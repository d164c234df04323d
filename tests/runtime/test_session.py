from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeattn_runtime import session as sessions
from edgeattn_runtime.errors import BadData, BadEnvironment, BadUsage, BrokenModel
from edgeattn_runtime.port import Port
from edgeattn_runtime.session import Session, format_of, open_session

IMAGE = Port("image", (1, 8), "float32")
LOGITS = Port("logits", (1, 4), "float32")


@pytest.fixture(params=["onnx", "tflite"])
def fp32(request: pytest.FixtureRequest, onnx_bytes: dict, tflite_bytes: dict) -> bytes:
    return {"onnx": onnx_bytes, "tflite": tflite_bytes}[request.param]["fp32"]


@pytest.fixture
def opened(fp32: bytes) -> Session:
    return open_session(fp32)


def test_both_engines_name_their_ports_alike(opened):
    assert opened.inputs == (IMAGE,)
    assert opened.outputs == (LOGITS,)


def test_run_computes_the_layer(opened, tiny, images):
    found = opened.run({"image": images[:1]})
    # float32 sums of 8 products in another order: a few units in the last place
    np.testing.assert_allclose(found["logits"], tiny.exact(images[:1]), rtol=0, atol=1e-5)


def test_outputs_of_one_run_survive_the_next(opened, images):
    first = opened.run({"image": images[:1]})["logits"]
    before = first.copy()
    opened.run({"image": images[1:2]})
    np.testing.assert_array_equal(first, before)


def test_run_reads_arrays_that_are_not_contiguous(opened, images):
    wide = np.zeros((1, 16), np.float32)
    wide[:, ::2] = images[:1]
    np.testing.assert_array_equal(
        opened.run({"image": wide[:, ::2]})["logits"], opened.run({"image": images[:1]})["logits"]
    )


def test_what_was_bound_can_be_fetched_at_once(opened, images):
    expected = opened.run({"image": images[2:3]})["logits"]
    opened.bind({"image": images[2:3]})
    np.testing.assert_array_equal(opened.fetch()["logits"], expected)


def test_invoke_computes_what_run_computes_every_time(opened, images):
    expected = opened.run({"image": images[2:3]})["logits"]
    opened.run({"image": images[:1]})
    opened.bind({"image": images[2:3]})
    for _ in range(3):
        opened.invoke()
        np.testing.assert_array_equal(opened.fetch()["logits"], expected)


def test_bound_inputs_are_the_sessions_own(opened, images):
    mine = images[:1].copy()
    expected = opened.run({"image": mine})["logits"]
    opened.bind({"image": mine})
    mine[:] = 0
    opened.invoke()
    np.testing.assert_array_equal(opened.fetch()["logits"], expected)


def test_fetched_outputs_survive_the_next_invoke(opened, images):
    opened.bind({"image": images[:1]})
    opened.invoke()
    kept = opened.fetch()["logits"]
    before = kept.copy()
    opened.bind({"image": images[1:2]})
    opened.invoke()
    np.testing.assert_array_equal(kept, before)


def test_a_session_opens_from_a_path_given_as_text(tmp_path, onnx_bytes):
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_bytes["fp32"])
    assert open_session(str(path)).engine == "onnxruntime"


def test_reports_name_engine_version_and_provider(opened):
    assert opened.engine in ("onnxruntime", "ai-edge-litert")
    assert opened.engine_version[0].isdigit()
    assert opened.provider_actual == opened.provider_requested


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"picture": np.zeros((1, 8), np.float32)}, "no input 'picture'; it takes image float32"),
        ({}, "input 'image' is missing"),
        ({"image": np.zeros((1, 7), np.float32)}, r"has shape \[1, 7\], the model takes \[1, 8\]"),
        ({"image": np.zeros((2, 8), np.float32)}, "feed one sample at a time"),
        ({"image": np.zeros((1, 8))}, r"is float64, the model takes float32; .*astype"),
        ({"image": np.zeros((1, 8), ">f4")}, "is >f4, the model takes float32"),
        ({"image": [[0.0] * 8]}, "is a list; pass a NumPy array"),
        (
            {"image": np.zeros((1, 8), np.float32), "mask": np.zeros(1)},
            "no input 'mask'",
        ),
    ],
)
@pytest.mark.parametrize("method", ["run", "bind"])
def test_inputs_that_do_not_fit_are_refused_with_what_would(opened, inputs, sentence, method):
    with pytest.raises(BadData, match=sentence):
        getattr(opened, method)(inputs)


@pytest.mark.parametrize("kept", [1, 7, 20, 0.5, -1])
def test_a_truncated_model_is_refused(fp32, tmp_path, kept):
    path = tmp_path / ("model.tflite" if fp32[4:8] == b"TFL3" else "model.onnx")
    path.write_bytes(fp32[: int(len(fp32) * kept) if isinstance(kept, float) else kept])
    with pytest.raises(BrokenModel, match="model"):
        open_session(path)


def test_an_empty_model_is_refused(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"")
    with pytest.raises(BrokenModel, match="0 bytes"):
        open_session(path)


def test_a_missing_model_is_refused(tmp_path):
    with pytest.raises(BrokenModel, match="there is no file"):
        open_session(tmp_path / "model.onnx")


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"PK")
    with pytest.raises(BrokenModel, match=r"ends in neither .onnx nor .tflite"):
        open_session(path)


def test_a_misnamed_model_is_refused(tmp_path, onnx_bytes):
    path = tmp_path / "model.tflite"
    path.write_bytes(onnx_bytes["fp32"])
    with pytest.raises(BrokenModel, match="is no tflite file"):
        format_of(path)


def test_no_threads_are_refused(onnx_bytes):
    with pytest.raises(BadUsage, match="threads is 0"):
        open_session(onnx_bytes["fp32"], threads=0)


def test_an_unknown_engine_is_refused(onnx_bytes):
    with pytest.raises(BadUsage, match="no engine 'tvm'; choose one of onnxruntime"):
        open_session(onnx_bytes["fp32"], engine="tvm")


def test_an_engine_for_another_format_is_refused(onnx_bytes):
    with pytest.raises(BadUsage, match="ai-edge-litert does not run onnx files"):
        open_session(onnx_bytes["fp32"], engine="ai-edge-litert")


@pytest.mark.parametrize("engine", [None, "onnxruntime"])
def test_a_missing_engine_is_named_with_its_pip_command(onnx_bytes, monkeypatch, engine):
    monkeypatch.setattr(sessions, "is_installed", lambda engine: False)
    with pytest.raises(BadEnvironment, match="`pip install onnxruntime` adds onnxruntime"):
        open_session(onnx_bytes["fp32"], engine=engine)


def test_tflite_runtime_stands_in_when_ai_edge_litert_is_missing(monkeypatch):
    monkeypatch.setattr(sessions, "is_installed", lambda engine: engine == "tflite-runtime")
    assert sessions.installed_engine("tflite") == "tflite-runtime"


def test_opening_says_nothing_on_stderr(fp32, capfd):
    open_session(fp32)
    assert capfd.readouterr().err == ""


def test_two_threads_compute_the_same(fp32, images, tiny):
    found = open_session(fp32, threads=2).run({"image": images[:1]})
    # float32 sums of 8 products in another order: a few units in the last place
    np.testing.assert_allclose(found["logits"], tiny.exact(images[:1]), rtol=0, atol=1e-5)


def test_paths_are_read_by_the_engine_itself(tmp_path: Path, fp32: bytes, images):
    path = tmp_path / ("model.tflite" if fp32[4:8] == b"TFL3" else "model.onnx")
    path.write_bytes(fp32)
    np.testing.assert_array_equal(
        open_session(path).run({"image": images[:1]})["logits"],
        open_session(fp32).run({"image": images[:1]})["logits"],
    )
