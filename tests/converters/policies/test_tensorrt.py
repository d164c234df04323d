"""The graph that TensorRT is handed, walked: it cannot be run here, so its structure is tested."""

import functools
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from edgeattn_converters.onnx.lower import lower
from edgeattn_converters.policies.tensorrt import TENSORRT
from edgeattn_converters.quantize import quantize
from edgeattn_converters.recipe import RECIPES
from tests.converters.quantised import decibels, exact, noise, quantised, ranges_of, simulated

NAMES = ["hybrid", "vit", "bert, additive mask", "swin", "residual", "nanogpt", "keyword"]
MULTIPLIES = ("MatMul", "Gemm", "Conv")


@functools.cache
def graph(name):
    return onnx.load_from_string(lower(quantised(name, "tensorrt").program, "qdq")).graph


@functools.cache
def makers(name):
    return {output: node for node in graph(name).node for output in node.output}


@functools.cache
def constants(name):
    return {each.name: numpy_helper.to_array(each) for each in graph(name).initializer}


@pytest.mark.parametrize("name", NAMES)
def test_both_operands_of_every_product_come_straight_from_a_pair(name):
    products = [node for node in graph(name).node if node.op_type in MULTIPLIES]
    assert products
    for node in products:
        left, right = (makers(name)[operand] for operand in node.input[:2])
        assert left.op_type == right.op_type == "DequantizeLinear"
        assert makers(name)[left.input[0]].op_type == "QuantizeLinear"
        weight = right.input[0] in constants(name)
        assert weight or makers(name)[right.input[0]].op_type == "QuantizeLinear"


@pytest.mark.parametrize("name", NAMES)
def test_every_zero_point_is_zero_and_every_integer_signed(name):
    for node in graph(name).node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            zeros = constants(name)[node.input[2]]
            assert zeros.dtype == np.int8
            assert not zeros.any()


@pytest.mark.parametrize("name", NAMES)
def test_a_pair_stands_only_where_a_product_or_a_shortcut_reads_it(name):
    readers = {}
    for node in graph(name).node:
        for operand in node.input:
            readers.setdefault(operand, set()).add(node.op_type)
    for node in graph(name).node:
        if node.op_type == "DequantizeLinear":
            assert readers[node.output[0]] <= {*MULTIPLIES, "Add"}
        if node.op_type == "QuantizeLinear":
            assert readers[node.output[0]] == {"DequantizeLinear"}


@pytest.mark.parametrize("name", ["hybrid", "vit", "swin"])
def test_the_softmax_result_is_rounded_and_nothing_scales_the_scores(name):
    by_output, seen = makers(name), 0
    for node in graph(name).node:
        if node.op_type != "Softmax":
            continue
        seen += 1
        (reader,) = [each for each in graph(name).node if node.output[0] in each.input]
        assert reader.op_type == "QuantizeLinear"
        before = by_output[node.input[0]]
        while before.op_type in ("Add", "Reshape"):  # a mask or a position bias
            before = by_output[before.input[0]]
        assert before.op_type == "MatMul"
    assert seen


@pytest.mark.parametrize("name", NAMES)
def test_biases_stay_float(name):
    for node in graph(name).node:
        if node.op_type == "Conv" and len(node.input) > 2:
            assert constants(name)[node.input[2]].dtype == np.float32


@pytest.mark.parametrize("name", ["hybrid", "vit", "bert, additive mask", "swin"])
def test_symmetric_quantisation_keeps_the_signal(name):
    program, samples = exact(name, TENSORRT), noise(exact(name, TENSORRT), 4)
    wanted = simulated(program, samples)
    # The untrained models of these tests lose 25 to 45 dB with everything in int8.
    assert decibels(wanted, simulated(quantised(name, "tensorrt").program, samples)) > 25


def test_the_attention_core_stays_float_beyond_its_longest():
    short = replace(TENSORRT, longest_core=15)  # the hybrid has 16 tokens
    decisions = quantize(
        exact("hybrid", TENSORRT), ranges_of("hybrid"), RECIPES["int8-core"], short
    ).decisions
    found = {each.name: each for each in decisions if each.kind == "matmul"}
    assert len(found) == 2
    assert not any(each.int8 for each in found.values())
    assert {each.reason for each in found.values()} == {
        "the attention core is float beyond 15 tokens"
    }
