import sys

import onnx
import pytest
import torch
from onnx import TensorProto, helper

from edgeattn.sources import load_model
from edgeattn_runtime.errors import BadEnvironment


def test_a_file_becomes_a_loaded_model(tmp_path):
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, (1, 3)) for n in ("in.0", "out")]
    graph = helper.make_graph(
        [helper.make_node("Relu", ["in.0"], ["out"])], "g", *map(list, [ports[:1], ports[1:]])
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(model, tmp_path / "small.onnx")
    loaded = load_model(str(tmp_path / "small.onnx"))
    assert (loaded.name, loaded.kind, loaded.input_names) == ("small", "onnx", ("in_0",))
    assert not loaded.module.training
    assert loaded.module(torch.tensor([[-1.0, 0.0, 1.0]])).tolist() == [[0.0, 0.0, 1.0]]


def test_without_the_onnx_package_the_extra_is_named(monkeypatch, tmp_path):
    for name in [name for name in sys.modules if "onnx_import" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises((BadEnvironment), match=r"pip install 'edgeattn\[onnx\]'"):
        load_model(str(tmp_path / "small.onnx"))
