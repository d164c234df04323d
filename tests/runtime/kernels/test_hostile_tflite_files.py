"""Files whose shapes and levels lie: the core computes what an honest file does, or is not one."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")

from edgeattn_converters.tflite.builder import Affine
from tests.runtime.kernels.test_tflite_delegate import core, side_by_side
from tests.runtime.kernels.tflite_graphs import Graph, numbers, run

Shape = tuple[int, ...]
LIES: list[Callable[[Shape], Shape]] = [
    lambda shape: tuple(reversed(shape)),
    lambda shape: (*shape[:-1], 2 * shape[-1]),
    lambda shape: (*shape[:-1], 0),
    lambda shape: (*shape[:-1], -1),
    lambda shape: (1, *shape),
    lambda shape: (1,),
]


def written() -> tuple[Graph, object]:
    """The form that the converter writes, with a bias."""
    graph = Graph()
    return graph, side_by_side(graph, core(graph, bias=(1, 3, 5, 7)))


@pytest.mark.parametrize("lie", LIES, ids=["reversed", "twice", "none", "negative", "more", "one"])
def test_a_shape_that_lies_changes_no_number(kernels, lie):
    """An engine finds shapes by itself and refuses what it cannot; nothing may trust the file's."""
    graph, y = written()
    inputs = numbers(graph)
    honest = run(graph.file(y=y), inputs, kernels.library()).outputs["y"]
    given = {tensor.index for tensor in graph.inputs.values()}
    ran = 0
    for place, tensor in enumerate(graph.builder.tensors):
        if place in given or not tensor.shape:
            continue
        graph, y = written()
        graph.builder.tensors[place] = replace(tensor, shape=lie(tensor.shape))
        try:
            found = run(graph.file(y=y), inputs, kernels.library())
        except (RuntimeError, ValueError):  # what the interpreter raises for a file it refuses
            continue
        ran += 1
        apart = np.abs(found.outputs["y"].astype(int) - honest)
        assert apart.max() <= (0 if found.cores else 2), tensor
    if lie is not LIES[3]:  # no engine takes a negative length
        assert ran >= 10


@pytest.mark.parametrize(
    "affine",
    [
        Affine((2.0**-5,), 1000),
        Affine((2.0**-5,), -129),
        Affine((0.0,), 3),
        Affine((-(2.0**-5),), 3),
        Affine((float("nan"),), 3),
        Affine((float("inf"),), 3),
        Affine((1e-42,), 3),
        Affine((2.0**-5,) * 24, 3, 2),
        None,
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["q", "k", "v"])
def test_levels_that_make_no_sense_are_no_core(kernels, affine, name):
    graph = Graph()
    y = core(graph)
    for place, tensor in enumerate(graph.builder.tensors):
        if tensor.affine == graph.inputs[name].affine:  # moved or not
            graph.builder.tensors[place] = replace(tensor, affine=affine)
    try:
        found = run(graph.file(y=y), numbers(graph), kernels.library())
    except (RuntimeError, ValueError):
        return
    assert found.cores == 0
