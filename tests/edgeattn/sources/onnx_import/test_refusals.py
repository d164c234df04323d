import onnx
import pytest
from onnx import TensorProto, helper

from edgeattn.sources.onnx_import.refusals import refuse
from edgeattn_runtime.errors import BrokenModel, CannotConvert


def model(*nodes: onnx.NodeProto, opset: int | None = 20) -> onnx.ModelProto:
    port = helper.make_tensor_value_info("x", TensorProto.FLOAT, (1,))
    made = helper.make_model(helper.make_graph(list(nodes), "g", [port], [port]))
    del made.opset_import[:]
    if opset is not None:
        made.opset_import.append(helper.make_opsetid("", opset))
    return made


def test_all_unknown_operators_are_named_at_once():
    nodes = [
        helper.make_node("LSTM", ["x"], ["a"], "recurrent"),
        helper.make_node("Relu", ["x"], ["b"], "fine"),
        helper.make_node("ScatterND", ["x"], ["c"]),
        helper.make_node("Sampling", ["x"], ["d"], "odd", domain="com.microsoft"),
    ]
    with pytest.raises(
        CannotConvert,
        match=r"3 .*: LSTM \(recurrent\), ScatterND \(c\), com\.microsoft\.Sampling \(odd\);",
    ):
        refuse(model(*nodes), "m.onnx")


def test_a_long_list_is_cut_and_counted():
    nodes = [helper.make_node("LSTM", ["x"], [f"y{i}"]) for i in range(20)]
    with pytest.raises(CannotConvert, match=r"uses 20 operators .*\(y11\) and 8 more"):
        refuse(model(*nodes), "m.onnx")


@pytest.mark.parametrize(
    "kind", ["QuantizeLinear", "DequantizeLinear", "QLinearConv", "MatMulInteger", "QGemm"]
)
def test_a_quantised_model_is_refused(kind):
    node = helper.make_node(kind, ["x"], ["y"], "q")
    with pytest.raises(CannotConvert, match=r"already quantised \(1 nodes, first .*\(q\)\)"):
        refuse(model(node), "m.onnx")


def test_an_old_operator_set_is_refused():
    with pytest.raises(CannotConvert, match="operator set 10; 11 is the oldest"):
        refuse(model(helper.make_node("Relu", ["x"], ["y"]), opset=10), "m.onnx")


def test_a_model_that_does_not_say_its_operator_set_is_refused():
    with pytest.raises(BrokenModel, match="does not say which ONNX operator set"):
        refuse(model(helper.make_node("Relu", ["x"], ["y"]), opset=None), "m.onnx")


def test_a_model_of_known_operators_passes():
    refuse(model(helper.make_node("Relu", ["x"], ["y"])), "m.onnx")
