import functools

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from edgeattn_converters.onnx.lower import lower
from edgeattn_converters.onnx.weight_groups import weight_groups
from edgeattn_converters.weights_only import DEQUANTIZE_GROUPS
from edgeattn_runtime.session import open_session
from tests.converters.quantised import decibels, noise, quantised, simulated
from tests.converters.test_weights_only import programs


@functools.cache
def content():
    return lower(programs()[1], "qdq")


def test_an_engine_computes_what_the_simulation_promised():
    program = programs()[1]
    samples = noise(program, 4)
    session = open_session(content(), as_written=True)
    (port,) = program.inputs
    found = [session.run({port.name: x.numpy()})[session.outputs[0].name] for (x,) in samples]
    # the same weights in float32 arithmetic, summed in another order
    assert decibels(simulated(program, samples), np.concatenate(found)) > 100


def test_a_grouped_linear_is_one_operator_with_unsigned_weights():
    graph = onnx.load_from_string(content()).graph
    (product,) = [node for node in graph.node if node.op_type == "MatMulNBits"]
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    assert (product.domain, len(product.input)) == ("com.microsoft", 3)  # zero is 128, the default
    assert constants[product.input[1]].dtype == np.uint8
    assert constants[product.input[1]].shape == (20, 2, 32)
    assert constants[product.input[2]].shape == (20, 2)
    settings = {a.name: onnx.helper.get_attribute_value(a) for a in product.attribute}
    assert settings == {"K": 64, "N": 20, "bits": 8, "block_size": 32}


@pytest.mark.parametrize("name", ["hybrid", "bert, additive mask", "swin"])
def test_no_file_for_webgpu_holds_an_operator_it_has_no_kernel_for(name):
    model = onnx.load_from_string(lower(quantised(name, "onnxruntime-webgpu").program, "qdq"))
    used = {node.op_type for node in model.graph.node}
    assert not used & {"QuantizeLinear", "Sum", "MultiHeadAttention"}
    assert "DequantizeLinear" in used or "MatMulNBits" in used


def test_weight_groups_leaves_its_input_untouched():
    program = programs()[1]
    before = str(program.graph)
    written = weight_groups(program)
    assert str(program.graph) == before
    assert DEQUANTIZE_GROUPS not in {node.target for node in written.graph.nodes}
