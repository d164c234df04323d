"""Cores that the delegate claims, in every form: its numbers are the C interface's, to the bit."""

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")

from tests.runtime.kernels.tflite_graphs import (
    OUT,
    Graph,
    K,
    Q,
    V,
    numbers,
    run,
    scale,
    steps_apart,
)  # fmt: skip

BATCH, HEADS, QUERIES, KEYS, WIDTH, VALUES = 2, 3, 5, 7, 8, 12
SIZES = {"q": (QUERIES, WIDTH, Q), "k": (KEYS, WIDTH, K), "v": (KEYS, VALUES, V)}


def heads_apart(graph, name):
    """int8 tokens with heads side by side -> float [batch, heads, tokens, width]."""
    tokens, width, affine = SIZES[name]
    whole = graph.given(name, (BATCH, tokens, HEADS * width), affine)
    apart = graph.reshaped(whole, BATCH, tokens, HEADS, width)
    return graph.real(graph.moved(apart, 0, 2, 1, 3))


def heads_first(graph, name):
    """The same from int8 that lies heads apart already."""
    tokens, width, affine = SIZES[name]
    return graph.real(graph.given(name, (BATCH, HEADS, tokens, width), affine))


def moved_as_floats(graph, name):
    """The same, dequantised before numbers are moved."""
    tokens, width, affine = SIZES[name]
    whole = graph.real(graph.given(name, (BATCH, tokens, HEADS * width), affine))
    return graph.moved(graph.reshaped(whole, BATCH, tokens, HEADS, width), 0, 2, 1, 3)


def head_by_head(graph, name):
    """The same on three axes, batch and heads merged."""
    x = heads_apart(graph, name)
    return graph.reshaped(x, BATCH * HEADS, *x.shape[2:])


def core(graph, operands=heads_apart, *, bias=None):
    """The form that the writer of int8-fused-core writes."""
    q, k, v = (operands(graph, name) for name in SIZES)
    scores = graph.times(graph.product(q, k, adj_y=True), scale(WIDTH))
    if bias is not None:
        scores = graph.plus(scores, graph.given("bias", bias, None))
    return graph.product(graph.softmax(scores), v)


def side_by_side(graph, mixed):
    moved = graph.moved(graph.rounded(mixed), 0, 2, 1, 3)
    return graph.reshaped(moved, BATCH, QUERIES, HEADS * VALUES)


def direct(kernels, inputs, **options):
    """Call the C interface; inputs [batch, tokens, heads * width] or with heads on axis 1."""
    operands = [
        x.reshape(BATCH, -1, HEADS, SIZES[name][1]).transpose(0, 2, 1, 3) if x.ndim == 3 else x
        for name, x in inputs.items() if name in SIZES
    ]  # fmt: skip
    return kernels.attention(
        *operands, score_scale=Q.scale * K.scale * scale(WIDTH), v_scale=V.scale,
        zero_points=(Q.zero_point, K.zero_point, V.zero_point), **options,
    )  # fmt: skip


def rounded(kernels):
    return kernels.Quantized(OUT.scale, OUT.zero_point)


def joined(heads):
    return heads.transpose(0, 2, 1, 3).reshape(BATCH, QUERIES, HEADS * VALUES)


def claimed(kernels, graph, y):
    """Return what the delegate computes of a graph with one core, and the graph's inputs."""
    inputs = numbers(graph)
    found = run(graph.file(y=y), inputs, kernels.library())
    assert found.cores == 1
    return found.outputs["y"], inputs


def test_the_form_that_is_written_gives_the_numbers_of_the_c_interface(kernels):
    graph = Graph()
    content = graph.file(y=side_by_side(graph, core(graph)))
    inputs = numbers(graph)
    found = run(content, inputs, kernels.library())
    assert found.cores == 1
    expected = joined(direct(kernels, inputs, quantized=rounded(kernels)))
    np.testing.assert_array_equal(found.outputs["y"], expected)
    # The engine computes in float what the library weighs with 8 bits.
    assert steps_apart(found.outputs["y"], run(content, inputs, None).outputs["y"]) <= 2


@pytest.mark.parametrize("operands", [heads_first, moved_as_floats], ids=lambda f: f.__name__)
def test_operands_may_lie_and_be_moved_in_other_ways(kernels, operands):
    graph = Graph()
    y, inputs = claimed(kernels, graph, side_by_side(graph, core(graph, operands)))
    expected = joined(direct(kernels, inputs, quantized=rounded(kernels)))
    np.testing.assert_array_equal(y, expected)


def test_batch_and_heads_may_be_one_axis(kernels):
    graph = Graph()
    mixed = core(graph, head_by_head)
    # Numbers of two merged axes that were swapped lie at no regular distance: they are moved first.
    y, inputs = claimed(kernels, graph, graph.rounded(mixed))
    expected = direct(kernels, inputs, quantized=rounded(kernels))
    np.testing.assert_array_equal(y, expected.reshape(-1, QUERIES, VALUES))


def test_a_result_that_nobody_rounds_is_float(kernels):
    graph = Graph()
    y, inputs = claimed(kernels, graph, core(graph))
    np.testing.assert_array_equal(y, direct(kernels, inputs))


BIASES = [(BATCH, HEADS, QUERIES, KEYS), (1, HEADS, QUERIES, KEYS), (BATCH, 1, 1, KEYS),
          (QUERIES, KEYS), (KEYS,), (1, 1, QUERIES, 1)]  # fmt: skip


@pytest.mark.parametrize("shape", BIASES, ids=str)
def test_a_bias_that_broadcasts_is_added(kernels, shape):
    graph = Graph()
    y, inputs = claimed(kernels, graph, core(graph, bias=shape))
    expected = direct(kernels, inputs, bias=inputs["bias"])
    np.testing.assert_array_equal(y, expected)


def test_the_factor_may_stand_at_the_queries_and_at_the_keys(kernels):
    graph = Graph()
    q, k, v = (heads_apart(graph, name) for name in SIZES)
    scores = graph.product(graph.times(q, scale(WIDTH) * 2), graph.times(k, 0.5), adj_y=True)
    y, inputs = claimed(kernels, graph, graph.product(graph.softmax(scores), v))
    np.testing.assert_array_equal(y, direct(kernels, inputs))


def test_a_product_may_read_its_operands_transposed(kernels):
    graph = Graph()
    q, k, v = (heads_apart(graph, name) for name in SIZES)
    q, k, v = (graph.moved(x, 0, 1, 3, 2) for x in (q, k, v))
    scores = graph.times(graph.product(q, k, adj_x=True), scale(WIDTH))
    y, inputs = claimed(kernels, graph, graph.product(graph.softmax(scores), v, adj_y=True))
    np.testing.assert_array_equal(y, direct(kernels, inputs))


def test_queries_keys_and_values_may_be_slices_of_one_tensor(kernels):
    graph = Graph()
    packed = graph.given("x", (BATCH, KEYS, 3, HEADS, WIDTH))
    parts = [
        graph.reshaped(
            graph.sliced(packed, [0, 0, place, 0, 0], [BATCH, KEYS, 1, HEADS, WIDTH]),
            BATCH, KEYS, HEADS, WIDTH,
        )
        for place in range(3)
    ]  # fmt: skip
    q, k, v = (graph.real(graph.moved(part, 0, 2, 1, 3)) for part in parts)
    scores = graph.times(graph.product(q, k, adj_y=True), scale(WIDTH))
    y, inputs = claimed(kernels, graph, graph.product(graph.softmax(scores), v))
    q, k, v = inputs["x"].transpose(2, 0, 3, 1, 4)
    expected = kernels.attention(
        q, k, v, score_scale=Q.scale * Q.scale * scale(WIDTH), v_scale=Q.scale,
        zero_points=(Q.zero_point,) * 3,
    )  # fmt: skip
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize(("word", "planes"), [("", 1), (";planes=2", 2), (";planes=2;1", 2)])
def test_a_file_chooses_how_finely_it_is_weighed(kernels, word, planes):
    graph = Graph()
    q, k, v = (heads_apart(graph, name) for name in SIZES)
    scores = graph.times(graph.product(q, k, adj_y=True), scale(WIDTH))
    weights = graph.softmax(scores, name=f"core;weights{word}")
    content = graph.file(y=graph.product(weights, v))
    inputs = numbers(graph)
    found = run(content, inputs, kernels.library())
    assert found.cores == 1
    np.testing.assert_array_equal(found.outputs["y"], direct(kernels, inputs, planes=planes))
    assert np.abs(found.outputs["y"] - direct(kernels, inputs, planes=3 - planes)).max() > 0


def test_all_heads_may_share_one_head_of_keys_and_values(kernels):
    graph = Graph()
    q = heads_first(graph, "q")
    k, v = (graph.real(graph.given(name, (BATCH, 1, KEYS, SIZES[name][1]), SIZES[name][2]))
            for name in "kv")  # fmt: skip
    scores = graph.times(graph.product(q, k, adj_y=True), scale(WIDTH))
    y, inputs = claimed(kernels, graph, graph.product(graph.softmax(scores), v))
    np.testing.assert_array_equal(y, direct(kernels, inputs))


def test_a_core_is_computed_as_often_as_it_is_asked_for(kernels):
    graph = Graph()
    content = graph.file(y=side_by_side(graph, core(graph)))
    inputs = numbers(graph)
    found = run(content, inputs, kernels.library(), times=3)
    once = run(content, inputs, kernels.library())
    np.testing.assert_array_equal(found.outputs["y"], once.outputs["y"])


def test_two_threads_give_the_bits_of_one(kernels):
    graph = Graph()
    shape = (1, 2, 200, 32)  # enough work to share
    q, k, v = (graph.real(graph.given(name, shape, one)) for name, (*_, one) in SIZES.items())
    scores = graph.times(graph.product(q, k, adj_y=True), scale(32))
    content = graph.file(y=graph.product(graph.softmax(scores), v))
    inputs = numbers(graph)
    one, two = (run(content, inputs, kernels.library(), threads=threads) for threads in (1, 2))
    assert one.cores == two.cores == 1
    np.testing.assert_array_equal(one.outputs["y"], two.outputs["y"])
