import numpy as np
import onnx
import pytest

from edgeattn.sources.onnx import load_onnx
from edgeattn_runtime.errors import CannotConvert


@pytest.mark.parametrize("wanted", [[0, -1], [4, 3, 2], [-1], [2, 0, 2, 2]])
def test_reshape_keeps_the_numbers(wanted, same, noise):
    same("Reshape", [noise(2, 3, 4), np.array(wanted)], [1])


def test_a_reshape_that_does_not_fit_says_so(operator_file, noise):
    path = operator_file("Reshape", [noise(2, 3), np.array([2, 4])], [1])
    with pytest.raises(CannotConvert, match=r"does not fit its inputs \[2, 3\]"):
        load_onnx(path)


def test_a_reshape_to_a_computed_shape_is_refused(operator_file, noise):
    path = operator_file("Reshape", [noise(2, 3), np.array([3, 2])])
    with pytest.raises(CannotConvert, match="input 1 is computed from the model's input"):
        load_onnx(path)


@pytest.mark.parametrize("order", [{"perm": [0, 2, 1]}, {"perm": [0, 1, 2]}, {}])
def test_transpose_keeps_the_numbers(order, same, noise):
    same("Transpose", [noise(2, 3, 4)], **order)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_flatten_keeps_the_numbers(axis, same, noise):
    same("Flatten", [noise(2, 3, 4)], axis=axis)


def test_squeeze_and_unsqueeze_keep_the_numbers(same, noise):
    same("Squeeze", [noise(1, 3, 1), np.array([0])], [1])
    same("Squeeze", [noise(1, 3, 1)])
    same("Unsqueeze", [noise(2, 3), np.array([0, -1])], [1])
    same("Squeeze", [noise(1, 3, 1)], opset=11, axes=[-1])


def test_squeezing_a_longer_axis_is_refused(operator_file, noise):
    path = operator_file("Squeeze", [noise(1, 3)], opset=11, axes=[0])
    model = onnx.load(path)
    model.graph.node[0].attribute[0].ints[:] = [1]
    onnx.save(model, path)
    with pytest.raises(CannotConvert, match=r"removes axes \[1\] of \[1, 3\], not all 1"):
        load_onnx(path)


def test_expand_and_tile_keep_the_numbers(same, noise):
    same("Expand", [noise(3, 1), np.array([2, 1, 4])], [1])
    same("Expand", [noise(3, 4), np.array([1, 1])], [1])
    same("Tile", [noise(2, 3), np.array([2, 1])], [1])


@pytest.mark.parametrize("mode", ["DCR", "CRD"])
def test_depth_to_space_keeps_the_numbers(mode, same, noise):
    same("DepthToSpace", [noise(1, 8, 2, 3)], blocksize=2, mode=mode)


def test_the_shape_of_an_input_is_a_constant(operator_file, noise):
    module = load_onnx(operator_file("Shape", [noise(2, 3)])).module
    assert [node.op for node in module.graph.nodes] == ["placeholder", "get_attr", "output"]


def test_dropout_and_identity_do_nothing(same, noise):
    same("Dropout", [noise(2, 3)])
    same("Identity", [noise(2, 3)])


def test_dropout_in_training_mode_is_refused(operator_file, noise):
    inputs = [noise(2, 3), np.array(0.5, np.float32), np.array(True)]
    with pytest.raises(CannotConvert, match="training mode"):
        load_onnx(operator_file("Dropout", inputs, [1, 2]))
