import onnx
import pytest
import torch
from onnx import TensorProto, helper

from edgeattn.sources.onnx import load_onnx
from edgeattn_runtime.errors import CannotConvert


@pytest.fixture
def added_to_input(tmp_path):
    """Write x + (what one node without inputs makes)."""

    def write(*nodes: onnx.NodeProto, lengths: tuple[int, ...] = (3,)):
        port = helper.make_tensor_value_info("x", TensorProto.FLOAT, lengths)
        out = helper.make_tensor_value_info("y", TensorProto.FLOAT, lengths)
        add = helper.make_node("Add", ["x", "made"], ["y"])
        graph = helper.make_graph([*nodes, add], "making", [port], [out])
        path = tmp_path / "making.onnx"
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        onnx.save(model, path)
        return path

    return write


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"value_float": 2.0}, 2.0), ({"value_floats": [1.0, 2.0, 3.0]}, [1.0, 2.0, 3.0])],
)
def test_constants_in_attributes_are_read(value, expected, added_to_input):
    module = load_onnx(added_to_input(helper.make_node("Constant", [], ["made"], **value))).module
    assert torch.equal(module(torch.zeros(3)), torch.tensor(expected).expand(3))


def test_a_range_is_computed_on_reading(added_to_input):
    numbers = {"start": 0.0, "limit": 3.0, "step": 1.0}
    parts = [helper.make_node("Constant", [], [n], value_float=v) for n, v in numbers.items()]
    module = load_onnx(
        added_to_input(*parts, helper.make_node("Range", [*numbers], ["made"]))
    ).module
    assert module(torch.zeros(3)).tolist() == [0.0, 1.0, 2.0]
    assert [n.target for n in module.graph.nodes if n.op == "call_function"] == [torch.add]


def test_a_constant_that_would_fill_the_memory_is_refused(added_to_input):
    lengths = helper.make_node("Constant", [], ["lengths"], value_ints=[2**20, 2**20])
    fill = helper.make_node("ConstantOfShape", ["lengths"], ["made"])
    with pytest.raises(CannotConvert, match=r"would take 4096\.0 GiB"):
        load_onnx(added_to_input(lengths, fill))


def test_a_constant_without_numbers_is_refused(added_to_input):
    node = helper.make_node("Constant", [], ["made"], value_string=b"text")
    with pytest.raises(CannotConvert, match="holds no numbers"):
        load_onnx(added_to_input(node))
