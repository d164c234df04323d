import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from edgeattn_converters.onnx.lower import lower
from edgeattn_runtime.session import open_session
from tests.converters.quantised import decibels, noise, quantised, simulated

NAMES = ["hybrid", "vit"]


@pytest.mark.parametrize("name", NAMES)
def test_the_cpu_computes_what_the_simulation_promised(name):
    program = quantised(name, "qnn").program
    session = open_session(lower(program, "qdq-unsigned"), as_written=True)
    (port,), samples = program.inputs, noise(program, 2)
    found = [session.run({port.name: x.numpy()})[session.outputs[0].name] for (x,) in samples]
    # float32 sums in another order: a rounding flips where a value lies between two steps
    assert decibels(simulated(program, samples), np.concatenate(found)) > 40


@pytest.mark.parametrize("name", NAMES)
def test_activations_are_unsigned_and_operators_standard(name):
    model = onnx.load_from_string(lower(quantised(name, "qnn").program, "qdq-unsigned"))
    onnx.checker.check_model(model, full_check=True)
    assert {node.domain for node in model.graph.node} == {""}
    constants = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    zeros = [constants[n.input[2]] for n in model.graph.node if n.op_type == "QuantizeLinear"]
    assert zeros
    assert {zero.dtype for zero in zeros} == {np.dtype(np.uint8)}


def test_norms_and_softmax_are_int8_like_the_rest():
    decisions = quantised("vit", "qnn").decisions
    assert {each.kind for each in decisions if each.int8} >= {"softmax", "layer_norm", "add"}
