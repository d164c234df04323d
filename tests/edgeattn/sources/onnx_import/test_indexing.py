import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from edgeattn.sources.onnx import load_onnx
from edgeattn_runtime.errors import CannotConvert


@pytest.mark.parametrize(
    ("start", "end", "axis", "step"),
    [
        (1, 3, 1, 1),
        (0, 2**40, -1, 2),
        (-3, -1, 1, 1),
        (3, 0, 1, -1),
        (-1, -(2**40), 2, -2),
        (2, 1, 1, 1),
    ],
)
def test_slice_keeps_the_numbers(start, end, axis, step, same, noise):
    parts = [np.array([number]) for number in (start, end, axis, step)]
    same("Slice", [noise(2, 4, 5), *parts], [1, 2, 3, 4])


def test_split_keeps_the_numbers(same, noise):
    same("Split", [noise(2, 6), np.array([1, 5])], [1], outputs=2, axis=1)
    same("Split", [noise(2, 7)], outputs=3, axis=-1, num_outputs=3)
    same("Split", [noise(6, 2)], outputs=2, opset=11, split=[2, 4])


def test_parts_that_do_not_add_up_are_refused(operator_file, noise):
    path = operator_file("Split", [noise(6, 2)], outputs=2, opset=11, split=[3, 3])
    model = onnx.load(path)
    model.graph.node[0].attribute[0].ints[:] = [3, 4]
    onnx.save(model, path)
    with pytest.raises(CannotConvert, match=r"its parts \[3, 4\] do not make up the length 6"):
        load_onnx(path)


def test_concat_keeps_the_numbers(same, noise):
    same("Concat", [noise(1, 2, 3), noise(1, 4, 3)], [0], axis=1)


@pytest.mark.parametrize(
    "indices",
    [np.array(1), np.array(-1), np.array([1, 2]), np.array([2, 0, -1]), np.array([[0, 2]])],
)
def test_gather_of_constant_places_keeps_the_numbers(indices, same, noise):
    same("Gather", [noise(2, 3, 4), indices], [1], axis=1)


def test_gather_by_an_input_keeps_the_numbers(same, noise):
    same("Gather", [noise(7, 4), np.array([[0, 6, 3]])], [0])
    same("Gather", [noise(2, 7, 4), np.array([[0, 6, 3]])], [0], axis=1)


def test_rows_gathered_by_an_input_become_an_embedding(operator_file, noise):
    module = load_onnx(operator_file("Gather", [noise(7, 4), np.array([[0, 6]])], [0])).module
    assert [n.target for n in module.graph.nodes if n.op == "call_function"] == [F.embedding]


def test_places_in_a_row_become_a_slice(operator_file, noise):
    module = load_onnx(operator_file("Gather", [noise(5, 4), np.array([1, 2])], [1])).module
    targets = [node.target for node in module.graph.nodes if node.op == "call_function"]
    assert targets == [torch.ops.aten.slice.Tensor]


def test_gathering_beyond_the_end_is_refused(operator_file, noise):
    path = operator_file("Gather", [noise(3, 4), np.array([5])], [1])
    with pytest.raises(CannotConvert, match="beyond the length 3 of axis 0"):
        load_onnx(path)


def test_gather_elements_keeps_the_numbers(same, noise):
    same("GatherElements", [noise(2, 3), np.array([[0, 2], [1, 1]])], [1], axis=1)


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
def test_pad_keeps_the_numbers(mode, same, noise):
    same("Pad", [noise(1, 2, 4, 5), np.array([0, 0, 1, 2, 0, 0, 2, 1])], [1], mode=mode)


def test_pad_with_a_number_and_named_axes_keeps_the_numbers(same, noise):
    inputs = [noise(2, 3, 4), np.array([1, 2]), np.array(7, np.float32), np.array([1])]
    same("Pad", inputs, [1, 2, 3])
    same("Pad", [noise(2, 3), np.zeros(4, np.int64)], [1])
