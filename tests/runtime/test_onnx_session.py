from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

import edgeattn_runtime
from edgeattn_runtime.errors import BrokenModel
from edgeattn_runtime.session import open_session


def model(*nodes, inputs, outputs) -> bytes:
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info(*value) for value in inputs],
        [helper.make_tensor_value_info(*value) for value in outputs],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


FLOAT, STRING = TensorProto.FLOAT, TensorProto.STRING


def test_integer_and_boolean_inputs_keep_their_types():
    content = model(
        helper.make_node("Where", ["mask", "a", "b"], ["y"]),
        inputs=[
            ("mask", TensorProto.BOOL, [2]),
            ("a", TensorProto.INT64, [2]),
            ("b", TensorProto.INT64, [2]),
        ],
        outputs=[("y", TensorProto.INT64, [2])],
    )
    session = open_session(content)
    assert [port.dtype for port in session.inputs] == ["bool", "int64", "int64"]
    a, b = np.array([1, 2]), np.array([3, 4])
    found = session.run({"b": b, "mask": np.array([True, False]), "a": a})  # any order
    assert found["y"].tolist() == [1, 4]


def test_outputs_of_unknown_length_work_and_are_marked():
    content = model(
        helper.make_node("NonZero", ["x"], ["y"]),
        inputs=[("x", FLOAT, [3])],
        outputs=[("y", TensorProto.INT64, [1, None])],
    )
    session = open_session(content)
    assert session.outputs[0].shape == (1, -1)
    session.bind({"x": np.array([0, 5, 7], np.float32)})
    session.invoke()
    assert session.fetch()["y"].tolist() == [[1, 2]]


def test_inputs_without_a_static_shape_are_refused():
    content = model(
        helper.make_node("Relu", ["x"], ["y"]),
        inputs=[("x", FLOAT, ["batch", 3])],
        outputs=[("y", FLOAT, ["batch", 3])],
    )
    with pytest.raises(BrokenModel, match=r"'x' has shape \['batch', 3\].*export it with static"):
        open_session(content)


def test_types_without_a_numpy_form_are_refused():
    content = model(
        helper.make_node("Identity", ["x"], ["y"]),
        inputs=[("x", STRING, [1])],
        outputs=[("y", STRING, [1])],
    )
    with pytest.raises(BrokenModel, match=r"'x' is a tensor\(string\), which has no NumPy form"):
        open_session(content)


def test_a_failure_inside_the_engine_is_a_broken_model():
    content = model(
        helper.make_node("Reshape", ["x", "shape"], ["y"]),
        inputs=[("x", FLOAT, [3]), ("shape", TensorProto.INT64, [1])],
        outputs=[("y", FLOAT, None)],
    )
    session = open_session(content)
    with pytest.raises(BrokenModel, match="onnxruntime failed while running the model"):
        session.run({"x": np.zeros(3, np.float32), "shape": np.array([7])})


def test_telemetry_is_off_before_the_engine_is_imported(tmp_path, onnx_bytes):
    """In a process of its own, where nobody else has set the variable."""
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_bytes["fp32"])
    script = (
        "import os, sys\n"
        "from edgeattn_runtime import open_session\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "open_session(sys.argv[1])\n"
        "print(os.environ['ORT_DISABLE_TELEMETRY'])\n"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ORT_")}
    home = tmp_path / "home"
    home.mkdir()
    environment.update(
        PYTHONPATH=str(Path(edgeattn_runtime.__file__).parent.parent), HOME=str(home)
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
    assert list(home.rglob("*deviceid*")) == []  # the file its telemetry writes first


def test_a_file_runs_as_written_when_asked():
    content = model(
        helper.make_node("Identity", ["x"], ["same"]),
        helper.make_node("Relu", ["same"], ["y"]),
        inputs=[("x", FLOAT, [2])],
        outputs=[("y", FLOAT, [2])],
    )
    x = np.array([-1.0, 2.0], np.float32)
    levels = {}
    for as_written in (False, True):
        session = open_session(content, as_written=as_written)
        np.testing.assert_array_equal(session.run({"x": x})["y"], [0.0, 2.0])
        options = session._session.get_session_options()
        levels[as_written] = options.graph_optimization_level.name
    assert levels[True] == "ORT_DISABLE_ALL"
    assert levels[False] != levels[True]
