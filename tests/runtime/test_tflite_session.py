from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from edgeattn_runtime import session as sessions
from edgeattn_runtime.errors import BadEnvironment, BrokenModel
from edgeattn_runtime.session import open_session


@pytest.fixture
def tflite_runtime(monkeypatch):
    """tflite-runtime's module, played by the engine that is installed; the API is the same."""
    from ai_edge_litert.interpreter import Interpreter

    package, module = ModuleType("tflite_runtime"), ModuleType("tflite_runtime.interpreter")
    module.Interpreter = Interpreter
    monkeypatch.setitem(sys.modules, "tflite_runtime", package)
    monkeypatch.setitem(sys.modules, "tflite_runtime.interpreter", module)
    monkeypatch.setattr(sessions, "is_installed", lambda engine: engine == "tflite-runtime")
    return module


def test_integer_borders_show_their_dtype(tflite_bytes, tiny, images):
    session = open_session(tflite_bytes["int8-io"])
    assert [port.dtype for port in (*session.inputs, *session.outputs)] == ["int8", "int8"]
    steps = np.clip(np.round(images[:1] / tiny.input_scale), -128, 127).astype(np.int8)
    found = session.run({"image": steps})["logits"]
    assert found.dtype == np.int8
    expected = tiny.simulate(images[:1]) / tiny.output_scale
    np.testing.assert_allclose(found, expected, rtol=0, atol=1)  # one integer step


def test_a_file_without_a_signature_goes_by_its_tensor_names(unsigned_tflite_bytes):
    session = open_session(unsigned_tflite_bytes)
    assert [port.name for port in session.inputs] == ["tensor_0"]
    assert [port.name for port in session.outputs] == ["tensor_2"]


def test_outputs_are_no_views_into_the_arena(tflite_bytes, images):
    found = open_session(tflite_bytes["fp32"]).run({"image": images[:1]})["logits"]
    assert found.base is None or found.base.flags.owndata
    assert found.flags.owndata


def test_tflite_runtime_runs_what_it_computes_rightly(tflite_runtime, tflite_bytes, images, tiny):
    session = open_session(tflite_bytes["int8"])
    assert session.engine == "tflite-runtime"
    found = session.run({"image": images[:1]})["logits"]
    # one integer step
    np.testing.assert_allclose(found, tiny.simulate(images[:1]), rtol=0, atol=tiny.output_scale)


def test_tflite_runtime_is_refused_per_channel_weights_on_float_activations(
    tflite_runtime, tflite_bytes
):
    with pytest.raises(BrokenModel, match=r"computes wrongly without an error; use the static"):
        open_session(tflite_bytes["dynamic"])


def test_ai_edge_litert_runs_per_channel_weights_on_float_activations(tflite_bytes, tiny, images):
    found = open_session(tflite_bytes["dynamic"]).run({"image": images[:1]})["logits"]
    # activations are quantised at run time: one step of 8 inputs, 4/127 each, times the weights
    atol = float(4 / 127 * abs(tiny.weight).sum(axis=1).max())
    np.testing.assert_allclose(found, tiny.exact(images[:1]), rtol=0, atol=atol)


def test_an_engine_that_does_not_import_is_told_with_what_fits(monkeypatch, tflite_bytes):
    """tflite-runtime under NumPy 2: installed, and useless."""
    monkeypatch.setitem(sys.modules, "tflite_runtime", ModuleType("tflite_runtime"))
    monkeypatch.setattr(sessions, "is_installed", lambda engine: engine == "tflite-runtime")
    with pytest.raises(BadEnvironment, match=r"does not import .*`pip install tflite-runtime"):
        open_session(tflite_bytes["fp32"])
