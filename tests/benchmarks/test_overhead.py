from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.onnx_operators import softmax_forms as onnx_softmax
from benchmarks.overhead import BARE, overhead
from benchmarks.tflite_operators import FLOAT, softmax_forms
from edgeattn_runtime.session import open_session


@pytest.fixture(params=["model.onnx", "model.tflite"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path: Path = tmp_path / request.param
    onnx = path.suffix == ".onnx"
    path.write_bytes(
        (onnx_softmax if onnx else softmax_forms)(1, 4)["fp32 Softmax" if onnx else FLOAT]
    )
    return path


def test_the_bare_engine_gives_the_same_answer(file: Path) -> None:
    x = np.random.default_rng(0).random((1, 1, 4, 4), np.float32)
    bare = np.asarray(BARE[file.suffix](file, x)()).reshape(x.shape)
    (ours,) = open_session(file).run({"x": x}).values()
    np.testing.assert_array_equal(bare, ours)


def test_both_sides_are_measured(file: Path) -> None:
    found = overhead(file, rounds=10)
    assert found["ours_ms"] > 0
    assert found["ratio"]["low"] <= found["ratio"]["ratio"] <= found["ratio"]["high"]
