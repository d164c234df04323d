from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import edgeattn_runtime
from edgeattn_runtime import cold_start as module
from edgeattn_runtime.cold_start import ColdStart, cold_start
from edgeattn_runtime.errors import BadEnvironment


@pytest.fixture
def model(tmp_path, onnx_bytes) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_bytes["fp32"])
    return path


def test_importing_opening_and_running_all_take_time(model):
    found = cold_start(model, engine="onnxruntime", starts=1)
    assert found.import_ms > 0
    assert found.open_ms > 0
    assert found.first_ms > 0
    assert found.total_ms == found.import_ms + found.open_ms + found.first_ms


def test_the_median_of_several_starts_counts(model, monkeypatch):
    starts = iter([(9, 1, 1), (5, 2, 3), (7, 9, 2)])
    names = ("import_ms", "open_ms", "first_ms")
    monkeypatch.setattr(
        module, "measure_in_child", lambda *a, **k: dict(zip(names, next(starts), strict=True))
    )
    assert cold_start(model, engine="onnxruntime") == ColdStart(7, 2, 2, starts=3)


def test_a_model_that_cannot_be_opened_is_told(tmp_path, onnx_bytes):
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_bytes["fp32"][:100])
    with pytest.raises(BadEnvironment, match=r"the cold start of model.onnx ended with 3: onnxrun"):
        cold_start(path, engine="onnxruntime", starts=1)


def test_numpy_is_part_of_what_is_imported():
    """The child must not have loaded it before its stopwatch starts."""
    script = "import sys, edgeattn_runtime.cold_start; print('numpy' in sys.modules)"
    home = str(Path(edgeattn_runtime.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": home},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


def test_the_childs_side_prints_one_json_object(tmp_path, tflite_bytes, capsys):
    path = tmp_path / "model.tflite"
    path.write_bytes(tflite_bytes["int8"])
    assert module.main([str(path), "--engine", "ai-edge-litert"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"import_ms", "open_ms", "first_ms"}


def test_it_survives_json():
    found = ColdStart(100.0, 20.0, 3.0)
    written = json.loads(json.dumps(found.to_json()))
    assert written["total_ms"] == 123.0
    assert ColdStart.from_json(written) == found
