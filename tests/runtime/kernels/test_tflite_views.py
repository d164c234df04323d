"""Operands and results moved about at random: where numbers lie is told rightly or not at all."""

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
)

SHAPE = (2, 3, 4, 8)  # batch, heads, tokens, width


def moves(random, shape, count):
    """Return `count` random moves, as (operator, argument), and the shape they lead to."""
    found = []
    for _ in range(count):
        if random.random() < 0.5:
            order = [int(axis) for axis in random.permutation(len(shape))]
            found.append(("moved", order))
            shape = [shape[axis] for axis in order]
        else:
            shape = another_shape(random, shape)
            found.append(("reshaped", shape))
    return found, shape


def another_shape(random, shape):
    """Merge two neighbours, or split an even axis, or add an axis of length 1."""
    shape = list(shape)
    axis = int(random.integers(len(shape)))
    if len(shape) < 5 and shape[axis] % 2 == 0 and random.random() < 0.6:
        return [*shape[:axis], 2, shape[axis] // 2, *shape[axis + 1 :]]
    if len(shape) > 2 and axis + 1 < len(shape):
        return [*shape[:axis], shape[axis] * shape[axis + 1], *shape[axis + 2 :]]
    return [1, *shape] if len(shape) < 5 else shape


def undone(found, shape):
    """Return the moves that lead back to `shape`."""
    back, shapes = [], [list(shape)]
    for name, argument in found:
        before = shapes[-1]
        shapes.append([before[a] for a in argument] if name == "moved" else list(argument))
    for (name, argument), before in zip(reversed(found), reversed(shapes[:-1]), strict=True):
        inverse = [int(axis) for axis in np.argsort(argument)] if name == "moved" else before
        back.append((name, inverse))
    return back


def applied(graph, x, found):
    for name, argument in found:
        x = getattr(graph, name)(x, *argument)
    return x


def operand(graph, random, name, affine):
    """int8 of a random shape -> moves -> DEQUANTIZE -> moves -> float [2, 3, 4, 8]."""
    there, shape = moves(random, SHAPE, int(random.integers(5)))
    back = undone(there, SHAPE)
    cut = int(random.integers(len(back) + 1))
    x = applied(graph, graph.given(name, shape, affine), back[:cut])
    return applied(graph, graph.real(x), back[cut:])


@pytest.mark.parametrize("seed", range(40))
def test_moves_in_any_order_keep_the_numbers(kernels, seed):
    random = np.random.default_rng(seed)
    graph = Graph()
    q, k, v = (operand(graph, random, *one) for one in (("q", Q), ("k", K), ("v", V)))
    scores = graph.times(graph.product(q, k, adj_y=True), scale(8))
    mixed = graph.product(graph.softmax(scores), v)
    there, _ = moves(random, SHAPE, int(random.integers(4)))
    cut = int(random.integers(len(there) + 1))
    rounded = graph.rounded(applied(graph, mixed, there[:cut]), OUT)
    content, inputs = graph.file(y=applied(graph, rounded, there[cut:])), numbers(graph, seed)
    found, expected = run(content, inputs, kernels.library()), run(content, inputs, None)
    assert steps_apart(found.outputs["y"], expected.outputs["y"]) <= 3


def test_enough_of_them_are_claimed(kernels):
    claimed = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        graph = Graph()
        q, k, v = (operand(graph, random, *one) for one in (("q", Q), ("k", K), ("v", V)))
        scores = graph.times(graph.product(q, k, adj_y=True), scale(8))
        content = graph.file(y=graph.product(graph.softmax(scores), v))
        claimed += run(content, numbers(graph), kernels.library()).cores
    # 11 here; where rows were torn apart behind DEQUANTIZE, the engine keeps the core.
    assert 8 <= claimed < 40
