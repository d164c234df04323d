import torch

from edgeattn_converters.onnx.symbolic import onnx_node, scalar
from edgeattn_converters.program import constant, finish
from tests.converters.quantised import program_of


def test_a_node_takes_shape_and_layer_of_what_it_stands_for():
    program = program_of(lambda x: x.relu(), torch.zeros(2, 3)).copy()
    relu = next(node for node in program.graph.nodes if node.op == "call_function")
    relu.meta["layer"] = "body"
    with program.graph.inserting_before(relu):
        one = onnx_node(
            program, "com.microsoft::Gelu", [relu.args[0], None], like=relu,
            dtype=torch.float32, attributes={},
        )  # fmt: skip
        other = onnx_node(
            program, "com.microsoft::Gelu", [relu.args[0]], like=relu,
            dtype=torch.uint8, attributes={}, shape=(6,),
        )  # fmt: skip
    relu.replace_all_uses_with(one)
    program.graph.output_node().args = ((one, other),)
    finish(program)
    assert (tuple(one.meta["val"].shape), one.meta["layer"]) == ((2, 3), "body")
    assert (tuple(other.meta["val"].shape), other.meta["val"].dtype) == ((6,), torch.uint8)


def test_a_scalar_has_no_axes():
    program = program_of(lambda x: x.relu(), torch.zeros(2, 3)).copy()
    with program.graph.inserting_before(program.graph.output_node()):
        node = scalar(program, 128, torch.uint8)
    assert constant(program, node).equal(torch.tensor(128, dtype=torch.uint8))
