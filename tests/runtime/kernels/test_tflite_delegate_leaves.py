"""What is not exactly a core stays with the engine; what is shared is not taken away."""

from dataclasses import dataclass

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")

from edgeattn_converters.tflite.builder import Affine
from tests.runtime.kernels.tflite_graphs import (
    OUT,
    Graph,
    K,
    Q,
    V,
    cores,
    numbers,
    run,
    scale,
    steps_apart,
)  # fmt: skip

SHAPE = (1, 2, 6, 8)
FACTOR = scale(8)


@dataclass
class Parts:
    """A core's tensors, and the graph to go on with."""

    graph: Graph
    q: object
    k: object
    v: object
    scores: object = None
    weights: object = None
    mixed: object = None


def parts(shape=SHAPE):
    graph = Graph()
    q, k, v = (
        graph.real(graph.given(name, shape, affine))
        for name, affine in zip("qkv", (Q, K, V), strict=True)
    )
    return Parts(graph, q, k, v)


def core(shape=SHAPE):
    """A core that is claimed."""
    one = parts(shape)
    one.scores = one.graph.times(one.graph.product(one.q, one.k, adj_y=True), FACTOR)
    one.weights = one.graph.softmax(one.scores)
    one.mixed = one.graph.product(one.weights, one.v)
    return one


def float_queries():
    one = parts()
    q = one.graph.given("float", SHAPE, None)
    scores = one.graph.product(q, one.k, adj_y=True)
    return one.graph.file(y=one.graph.product(one.graph.softmax(scores), one.v)), one.graph


def rounded_scores():
    one = parts()
    x, y, z = (one.graph.inputs[name] for name in "qkv")
    scores = one.graph.real(one.graph.product(x, y, adj_y=True, affine=Affine((0.25,))))
    weights = one.graph.rounded(one.graph.softmax(scores), Affine((1 / 256,), -128))
    return one.graph.file(y=one.graph.product(weights, z, affine=OUT)), one.graph


def rounded_weights():
    one = core()
    weights = one.graph.real(one.graph.rounded(one.weights, Affine((1 / 256,), -128)))
    return one.graph.file(y=one.graph.product(weights, one.v)), one.graph


def another_temperature():
    one = core()
    weights = one.graph.softmax(one.scores, beta=0.5)
    return one.graph.file(y=one.graph.product(weights, one.v)), one.graph


def negative_factor():
    one = core()
    weights = one.graph.softmax(one.graph.times(one.graph.product(one.q, one.k, adj_y=True), -0.5))
    return one.graph.file(y=one.graph.product(weights, one.v)), one.graph


def factor_behind_the_bias():
    one = core()
    bias = one.graph.given("bias", (6, 6), None)
    weights = one.graph.softmax(one.graph.times(one.graph.plus(one.scores, bias), 0.5))
    return one.graph.file(y=one.graph.product(weights, one.v)), one.graph


def relu_behind_the_bias():
    one = core()
    bias = one.graph.given("bias", (6, 6), None)
    weights = one.graph.softmax(one.graph.plus(one.scores, bias, activation=1))
    return one.graph.file(y=one.graph.product(weights, one.v)), one.graph


def transposed_weights():
    one = core()
    return one.graph.file(y=one.graph.product(one.weights, one.v, adj_x=True)), one.graph


def weights_on_the_right():
    one = core()
    return one.graph.file(y=one.graph.product(one.v, one.weights, adj_x=True)), one.graph


def scores_that_leave():
    one = core()
    return one.graph.file(y=one.mixed, scores=one.scores), one.graph


def weights_that_leave():
    one = core()
    return one.graph.file(y=one.mixed, weights=one.weights), one.graph


def weights_read_twice():
    one = core()
    return one.graph.file(y=one.mixed, z=one.graph.times(one.weights, 2.0)), one.graph


def real_queries_that_leave():
    one = core()
    return one.graph.file(y=one.mixed, q=one.q), one.graph


def heads_that_broadcast_the_queries():
    one = parts()
    q = one.graph.real(one.graph.given("q1", (1, 1, 6, 8)))
    scores = one.graph.product(q, one.k, adj_y=True)
    return one.graph.file(y=one.graph.product(one.graph.softmax(scores), one.v)), one.graph


def five_axes():
    one = core((1, 1, 2, 6, 8))
    return one.graph.file(y=one.mixed), one.graph


def a_width_beyond_the_library():
    one = core((1, 1, 4, 300))
    return one.graph.file(y=one.mixed), one.graph


LEFT_ALONE = [
    float_queries, rounded_scores, rounded_weights, another_temperature, negative_factor,
    factor_behind_the_bias, relu_behind_the_bias, transposed_weights, weights_on_the_right,
    scores_that_leave, weights_that_leave, weights_read_twice, real_queries_that_leave,
    heads_that_broadcast_the_queries, five_axes, a_width_beyond_the_library,
]  # fmt: skip


@pytest.mark.parametrize("make", LEFT_ALONE, ids=lambda make: make.__name__)
def test_what_is_no_core_is_computed_by_the_engine(kernels, make):
    content, graph = make()
    inputs = numbers(graph)
    found = run(content, inputs, kernels.library())
    assert found.cores == 0
    for name, expected in run(content, inputs, None).outputs.items():
        np.testing.assert_array_equal(found.outputs[name], expected)


def close(found, expected):
    """Compare with the engine's float core: 8-bit weights are within 1 % of the range."""
    for name, wanted in expected.outputs.items():
        if wanted.dtype == np.int8:
            assert steps_apart(found.outputs[name], wanted) <= 3
        else:
            atol = 0.01 * np.abs(wanted).max()
            np.testing.assert_allclose(found.outputs[name], wanted, rtol=0, atol=atol)


def check(kernels, content, graph, expected_cores):
    inputs = numbers(graph)
    found = run(content, inputs, kernels.library())
    assert found.cores == expected_cores
    close(found, run(content, inputs, None))


def test_a_moved_operand_that_leaves_is_still_there(kernels):
    graph = Graph()
    shape = (1, 6, 2, 8)
    q, k, v = (
        graph.moved(graph.given(name, shape, affine), 0, 2, 1, 3)
        for name, affine in zip("qkv", (Q, K, V), strict=True)
    )
    scores = graph.times(graph.product(graph.real(q), graph.real(k), adj_y=True), FACTOR)
    mixed = graph.product(graph.softmax(scores), graph.real(v))
    check(kernels, graph.file(y=mixed, keys=k), graph, 1)


def test_a_result_that_leaves_before_it_is_moved_is_still_there(kernels):
    one = core()
    rounded = one.graph.rounded(one.mixed)
    moved = one.graph.reshaped(one.graph.moved(rounded, 0, 2, 1, 3), 1, 6, 16)
    check(kernels, one.graph.file(y=moved, heads=rounded), one.graph, 1)


def test_one_tensor_may_be_queries_keys_and_values(kernels):
    graph = Graph()
    x = graph.real(graph.given("x", SHAPE))
    scores = graph.times(graph.product(x, x, adj_y=True), FACTOR)
    check(kernels, graph.file(y=graph.product(graph.softmax(scores), x)), graph, 1)


def attended(graph, q, memory):
    """Attend to int8 tensors that are there before `q` is."""
    k, v = (graph.real(graph.given(memory + name, SHAPE, K)) for name in "kv")
    scores = graph.times(graph.product(graph.real(q), k, adj_y=True), FACTOR)
    return graph.rounded(graph.product(graph.softmax(scores), v), Q)


def test_cores_behind_each_other_and_side_by_side_are_kernels_of_their_own(kernels):
    graph = Graph()
    q = graph.given("q", SHAPE)
    first, beside = attended(graph, q, "first"), attended(graph, q, "beside")
    check(kernels, graph.file(y=attended(graph, first, "second"), z=beside), graph, 3)


def test_another_size_makes_another_kernel(kernels):
    from ai_edge_litert.interpreter import Interpreter, load_delegate

    one = core()
    content, inputs = one.graph.file(y=one.mixed), numbers(one.graph)
    delegate = load_delegate(str(kernels.library()))
    interpreter = Interpreter(model_content=content, experimental_delegates=[delegate])
    signature = interpreter._get_full_signature_list()["serving_default"]
    longer = np.concatenate([inputs["q"], inputs["q"][:, :, :3]], axis=2)
    interpreter.resize_tensor_input(signature["inputs"]["q"], longer.shape)
    interpreter.allocate_tensors()
    for name, value in {**inputs, "q": longer}.items():
        interpreter.set_tensor(signature["inputs"][name], value)
    interpreter.invoke()
    found = interpreter.get_tensor(signature["outputs"]["y"])
    assert cores(kernels.library(), delegate) == 1
    expected = run(content, inputs, kernels.library()).outputs["y"]
    np.testing.assert_array_equal(found, np.concatenate([expected, expected[:, :, :3]], axis=2))


def test_an_option_is_refused_by_its_name(kernels):
    from ai_edge_litert.interpreter import load_delegate

    with pytest.raises(ValueError, match="takes no options"):
        load_delegate(str(kernels.library()), {"threads": "2"})
