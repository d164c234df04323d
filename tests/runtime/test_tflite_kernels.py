from __future__ import annotations

import importlib.util
import types
from pathlib import Path

import numpy as np
import pytest

from edgeattn_runtime import tflite_kernels
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.kernels import Kernels
from edgeattn_runtime.session import open_session
from edgeattn_runtime.tflite_kernels import open_interpreter
from edgeattn_runtime.tflite_session import import_engine

LIBRARY = Kernels(Path("libedgeattn_kernels.so"), "1.2.3", "portable")


@pytest.fixture(scope="module")
def fused():
    """A file with a fused core, and an input."""
    pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")
    from edgeattn_converters.drafts import int8_draft, int8_form
    from edgeattn_converters.recipe import RECIPES
    from tests.converters.programs import rewritten
    from tests.converters.quantised import LITERT, noise, ranges_of

    recipe = RECIPES["int8-fused-core"]
    exact = int8_form(rewritten("causal"), LITERT, recipe.core)
    made = int8_draft(exact, ranges_of("causal"), recipe, LITERT)
    return made.content, noise(made.simulation, count=1)[0][0].numpy()


@pytest.fixture
def installed(monkeypatch):
    """The library, where it was built."""
    monkeypatch.delenv("EDGEATTN_KERNELS", raising=False)
    found = tflite_kernels.installed_kernels()
    if found is None:
        pytest.skip("edgeattn-kernels is not installed")
    return found


def test_a_session_takes_the_library_and_says_so(fused, installed, monkeypatch):
    content, x = fused
    session = open_session(content)
    assert session.kernels == str(installed)
    assert session.provider_actual == "XNNPACK"
    monkeypatch.setenv("EDGEATTN_KERNELS", "off")
    without = open_session(content)
    assert without.kernels is None
    name, [port] = session.outputs[0].name, session.inputs
    found, wanted = (one.run({port.name: x})[name] for one in (session, without))
    assert sqnr_db(wanted, found) > 35  # its weights have 8 bits, the engine's are float
    assert not np.array_equal(wanted, found)


def test_a_file_without_a_core_says_nothing_of_it(tflite_bytes, images, installed, monkeypatch):
    session = open_session(tflite_bytes["int8"])
    assert session.kernels is None
    found = session.run({"image": images[:1]})
    monkeypatch.setenv("EDGEATTN_KERNELS", "off")
    wanted = open_session(tflite_bytes["int8"])
    assert session.provider_actual == wanted.provider_actual
    np.testing.assert_array_equal(found["logits"], wanted.run({"image": images[:1]})["logits"])


@pytest.mark.parametrize("fault", ["no such file", "no delegate in it"])
def test_a_library_that_the_engine_refuses_is_left_out(fused, tmp_path, monkeypatch, fault):
    path = tmp_path / "library.so"
    if fault == "no delegate in it":
        path = Path(importlib.util.find_spec("numpy.linalg._umath_linalg").origin)
    refused = Kernels(path, "1.2.3", "portable")
    monkeypatch.setattr(tflite_kernels, "installed_kernels", lambda: refused)
    opened = open_interpreter(import_engine("ai-edge-litert"), {"model_content": fused[0]})
    assert opened.kernels is None


def test_an_engine_without_delegates_goes_without(monkeypatch):
    class Interpreter:
        def allocate_tensors(self):
            self.allocated = True

    monkeypatch.setattr(tflite_kernels, "installed_kernels", lambda: LIBRARY)
    opened = open_interpreter(Interpreter, {})
    assert opened.kernels is None
    assert opened.interpreter.allocated


def test_what_the_engine_cannot_open_fails_as_without_the_library(monkeypatch):
    class Interpreter:
        def __init__(self, **arguments):
            raise ValueError("broken")

    module = types.ModuleType("an_engine")
    Interpreter.__module__ = module.__name__
    monkeypatch.setitem(tflite_kernels.sys.modules, module.__name__, module)
    monkeypatch.setattr(tflite_kernels, "installed_kernels", lambda: LIBRARY)
    with pytest.raises(ValueError, match="broken"):
        open_interpreter(Interpreter, {})
