from __future__ import annotations

import sys

import pytest

from edgeattn_runtime import tflite_session
from edgeattn_runtime.engine_import import import_engine
from edgeattn_runtime.errors import BadEnvironment


@pytest.mark.parametrize(
    ("engine", "module"),
    [("onnxruntime", "onnxruntime"), ("ai-edge-litert", "ai_edge_litert.interpreter")],
)
def test_an_engine_is_imported_by_its_name(engine, module):
    import_engine(engine)
    assert module in sys.modules


def test_an_engine_that_does_not_import_is_told(monkeypatch):
    def fail(name):
        raise ImportError("numpy.core.multiarray failed to import")

    monkeypatch.setattr(tflite_session.importlib, "import_module", fail)
    with pytest.raises(BadEnvironment, match="tflite-runtime is installed but does not import"):
        import_engine("tflite-runtime")
