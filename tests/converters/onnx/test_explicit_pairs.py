import functools

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper

from edgeattn_converters.onnx.explicit_pairs import explicit_pairs
from edgeattn_converters.onnx.lower import lower
from edgeattn_converters.quantize import DEQUANTIZE, DEQUANTIZE_CHANNELS, QUANTIZE
from tests.converters.quantised import decibels, noise, quantised, simulated

PAIRED = "tensorrt"


@functools.cache
def content(name):
    return lower(quantised(name, PAIRED).program, "qdq")


def unoptimised(content):
    """Open a file with every graph optimisation off: each Q and DQ is computed as it stands."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options)


@pytest.mark.parametrize("name", ["hybrid", "residual", "bert, additive mask", "swin"])
def test_an_engine_that_fuses_nothing_computes_what_the_simulation_promised(name):
    program = quantised(name, PAIRED).program
    session, samples = unoptimised(content(name)), noise(program, 2)
    names = [port.name for port in program.inputs]
    found = [
        session.run(None, {n: x.numpy() for n, x in zip(names, sample, strict=True)})[0]
        for sample in samples
    ]
    # float32 sums in another order: a rounding flips where a value lies between two steps
    assert decibels(simulated(program, samples), np.concatenate(found)) > 50


@pytest.mark.parametrize("name", ["hybrid", "bert, additive mask"])
def test_the_file_holds_standard_operators_alone(name):
    model = onnx.load_from_string(content(name))
    onnx.checker.check_model(model, full_check=True)
    assert {node.domain for node in model.graph.node} == {""}
    assert {entry.domain for entry in model.opset_import} == {""}


def test_weights_lie_as_int8_and_as_the_product_reads_them():
    model = onnx.load_from_string(content("hybrid"))
    made_by = {name: node for node in model.graph.node for name in node.output}
    constants = {each.name: each for each in model.graph.initializer}
    weights = 0
    for node in model.graph.node:
        maker = made_by.get(node.input[1]) if node.op_type in ("MatMul", "Conv") else None
        if maker is None or maker.input[0] not in constants:
            continue
        weights += 1
        integers = numpy_helper.to_array(constants[maker.input[0]])
        scales = numpy_helper.to_array(constants[maker.input[1]])
        axis = onnx.helper.get_attribute_value(maker.attribute[0])
        assert maker.op_type == "DequantizeLinear"
        assert integers.dtype == np.int8
        assert axis == (0 if node.op_type == "Conv" else 1)  # the axis of the output channels
        assert scales.shape == (integers.shape[axis],)
    assert weights == 7  # two convolutions, Q, K, V, the output and the head


def test_explicit_pairs_leaves_its_input_untouched():
    program = quantised("hybrid", PAIRED).program
    pairs = {QUANTIZE, DEQUANTIZE, DEQUANTIZE_CHANNELS}
    before = [node.name for node in program.graph.nodes if node.target in pairs]
    written = explicit_pairs(program)
    assert [node.name for node in program.graph.nodes if node.target in pairs] == before
    assert not [node for node in written.graph.nodes if node.target in pairs]
    assert torch.ops.aten.linear.default not in {node.target for node in written.graph.nodes}
