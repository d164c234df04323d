from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the tool's file, imported beside an onnx2tf that is only a name."""
    name = "benchmarks.peers.tools.onnx2tf_files"
    package: Any = ModuleType("onnx2tf")
    package.onnx2tf = ModuleType("onnx2tf.onnx2tf")
    monkeypatch.setitem(sys.modules, "onnx2tf", package)
    monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module(name)
    sys.modules.pop(name, None)


class Converter:
    """What opens a SavedModel; it fails when told so."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def convert(self) -> bytes:
        if self.error is not None:
            raise self.error
        return b"integer"


def test_only_the_first_form_is_converted(files: Any) -> None:
    failures: list[Exception] = []
    converter = files.integer_alone(Converter, failures)()
    assert converter.convert() == b"integer"
    with pytest.raises(RuntimeError, match="nothing here measures"):
        converter.convert()
    assert failures == []


def test_a_failure_that_is_swallowed_is_still_the_reason(files: Any) -> None:
    failures: list[Exception] = []
    converter = files.integer_alone(Converter, failures)(RuntimeError("no kernel"))
    for _ in range(2):
        with pytest.raises(RuntimeError):
            converter.convert()
    assert [str(error) for error in failures] == ["no kernel"]
