from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from edgeattn.sources.onnx import load_onnx
from edgeattn.sources.onnx_import.reading import read_onnx
from edgeattn_runtime.errors import BrokenModel


@pytest.fixture
def with_weights(operator_file, noise, tmp_path: Path) -> Path:
    """A model whose weight lies in a file of its own."""
    model = onnx.load(operator_file("MatMul", [noise(2, 64), noise(64, 64)], [1]))
    path = tmp_path / "split.onnx"
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    return path


def redirect(path: Path, **entries: str) -> None:
    model = onnx.load(path, load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        entry.value = entries.get(entry.key, entry.value)
    path.write_bytes(model.SerializeToString())


def test_weights_beside_the_model_are_read(with_weights):
    x = torch.ones(2, 64)
    weight = onnx.numpy_helper.to_array(onnx.load(with_weights).graph.initializer[0])
    torch.testing.assert_close(
        load_onnx(with_weights).module(x), x @ torch.from_numpy(weight.copy())
    )


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/hostname", ".", "a/../../b"])
def test_weights_outside_the_folder_are_never_read(location, with_weights):
    redirect(with_weights, location=location)
    with pytest.raises(BrokenModel, match="outside its own folder; such a file is never read"):
        read_onnx(with_weights)


def test_a_link_out_of_the_folder_is_never_followed(with_weights, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "weights.bin"
    inside = with_weights.with_name("weights.bin")
    inside.rename(outside)
    inside.symlink_to(outside)
    with pytest.raises(BrokenModel, match="outside its own folder"):
        read_onnx(with_weights)


def test_missing_and_short_weights_are_named(with_weights):
    weights = with_weights.with_name("weights.bin")
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(BrokenModel, match=r"wants bytes 0 to 16384 .* but that file has 100"):
        read_onnx(with_weights)
    weights.unlink()
    with pytest.raises(BrokenModel, match=r"weight x1 in weights\.bin, which is missing"):
        read_onnx(with_weights)


@pytest.mark.parametrize("offset", ["-4", "many"])
def test_places_that_make_no_sense_are_refused(offset, with_weights):
    redirect(with_weights, offset=offset)
    with pytest.raises(BrokenModel, match="weight x1"):
        read_onnx(with_weights)


@pytest.mark.parametrize("keep", [1, 20, 100])
def test_a_truncated_file_is_refused(keep, operator_file, noise):
    path = operator_file("MatMul", [noise(2, 64), noise(64, 64)], [1])
    path.write_bytes(path.read_bytes()[: -1 - keep])
    with pytest.raises(BrokenModel, match="no complete ONNX file"):
        read_onnx(path)


def test_a_text_file_is_refused(tmp_path):
    (tmp_path / "m.onnx").write_text("this is no model")
    with pytest.raises(BrokenModel, match=r"m\.onnx (is no complete ONNX file|holds no operators)"):
        read_onnx(tmp_path / "m.onnx")


def test_a_graph_that_breaks_the_rules_is_refused(operator_file, noise):
    path = operator_file("Relu", [noise(2, 3)])
    model = onnx.load(path)
    model.graph.node[0].input[0] = "nobody"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(BrokenModel, match=r"breaks the ONNX rules: .*nobody"):
        read_onnx(path)


def test_a_weight_shorter_than_its_shape_is_refused(operator_file, noise):
    path = operator_file("MatMul", [noise(2, 4), noise(4, 4)], [1])
    model = onnx.load(path)
    model.graph.initializer[0].dims[:] = [4, 400]
    path.write_bytes(model.SerializeToString())
    with pytest.raises(BrokenModel, match="x1"):
        load_onnx(path)


def test_functions_of_the_model_are_inlined(tmp_path):
    body = [helper.make_node("Relu", ["a"], ["h"]), helper.make_node("Neg", ["h"], ["b"])]
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("mine", 1)]
    function = helper.make_function("mine", "NegRelu", ["a"], ["b"], body, opsets[:1])
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, (3,)) for n in ("x", "y")]
    node = helper.make_node("NegRelu", ["x"], ["y"], domain="mine")
    graph = helper.make_graph([node], "g", ports[:1], ports[1:])
    model = helper.make_model(graph, functions=[function], opset_imports=opsets, ir_version=10)
    onnx.save(model, tmp_path / "m.onnx")
    module = load_onnx(tmp_path / "m.onnx").module
    assert module(torch.tensor([-1.0, 0.0, 2.0])).tolist() == [0.0, 0.0, -2.0]


def test_a_function_that_calls_itself_is_refused(tmp_path):
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("mine", 1)]
    body = [helper.make_node("Loop", ["a"], ["b"], domain="mine")]
    function = helper.make_function("mine", "Loop", ["a"], ["b"], body, opsets)
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, (3,)) for n in ("x", "y")]
    graph = helper.make_graph(
        [helper.make_node("Loop", ["x"], ["y"], domain="mine")], "g", ports[:1], ports[1:]
    )
    model = helper.make_model(graph, functions=[function], opset_imports=opsets, ir_version=10)
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(BrokenModel, match="breaks the ONNX rules: Cycle detected"):
        load_onnx(tmp_path / "m.onnx")


def test_a_model_without_operators_is_refused(tmp_path):
    empty = helper.make_model(helper.make_graph([], "g", [], []))
    (tmp_path / "m.onnx").write_bytes(empty.SerializeToString())
    with pytest.raises(BrokenModel, match="holds no operators"):
        read_onnx(tmp_path / "m.onnx")


def test_numbers_survive_the_way_through_a_file(operator_file, noise):
    weight = noise(64, 64)
    stored = read_onnx(operator_file("MatMul", [noise(2, 64), weight], [1])).graph.initializer[0]
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(stored), weight)
