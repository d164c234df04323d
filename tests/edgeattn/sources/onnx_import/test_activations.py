import numpy as np
import onnx
import pytest

from edgeattn.sources.onnx import load_onnx
from edgeattn_runtime.errors import CannotConvert


@pytest.mark.parametrize(
    "kind", ["Relu", "Sigmoid", "Tanh", "HardSwish", "Softplus", "Mish", "LeakyRelu", "Elu"]
)
def test_activations_keep_the_numbers(kind, same, noise):
    same(kind, [4 * noise(2, 3, 4)])


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_keeps_the_numbers(approximate, same, noise):
    same("Gelu", [2 * noise(2, 8)], approximate=approximate)


@pytest.mark.parametrize("slope", [{}, {"alpha": 1 / 6, "beta": 0.5}])
def test_hard_sigmoid_keeps_the_numbers(slope, same, noise):
    same("HardSigmoid", [4 * noise(20)], **slope)


def test_prelu_keeps_the_numbers(same, noise):
    same("PRelu", [noise(2, 3, 4, 4), noise(3, 1, 1)], [1])


@pytest.mark.parametrize("kind", ["Softmax", "LogSoftmax"])
@pytest.mark.parametrize("opset", [11, 13])
@pytest.mark.parametrize("axis", [1, -1])
def test_softmax_runs_over_the_axes_of_its_opset(kind, opset, axis, same, noise):
    same(kind, [noise(2, 3, 4)], opset=opset, axis=axis)


def test_an_unknown_approximation_is_refused(operator_file, noise):
    path = operator_file("Gelu", [noise(2, 3)], approximate="sigmoid")
    with pytest.raises(CannotConvert, match="approximation 'sigmoid' is unknown"):
        load_onnx(path)


def test_an_axis_that_does_not_exist_is_refused(operator_file, noise):
    path = operator_file("Softmax", [noise(2, 3)], axis=1)
    model = onnx.load(path)
    model.graph.node[0].attribute[0].i = 5
    onnx.save(model, path)
    with pytest.raises(CannotConvert, match="its axis 5 does not exist in 2 dimensions"):
        load_onnx(path)


def test_softmax_of_masked_scores_has_no_nan(same):
    same("Softmax", [np.array([[0.0, -3e38, 1.0]], np.float32)])
