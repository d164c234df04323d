import numpy as np
import pytest
import torch

from edgeattn.sources.onnx import load_onnx
from edgeattn_runtime.errors import CannotConvert


def test_batch_norm_keeps_the_numbers(same, noise):
    statistics = [noise(3), noise(3), noise(3), np.abs(noise(3)) + 0.5]
    same("BatchNormalization", [noise(2, 3, 4, 4), *statistics], [1, 2, 3, 4], epsilon=1e-3)


@pytest.mark.parametrize("axis", [-1, 1])
def test_layer_norm_keeps_the_numbers(axis, same, noise):
    lengths = (4,) if axis == -1 else (3, 4)
    same("LayerNormalization", [noise(2, 3, 4), noise(*lengths)], [1], axis=axis)
    same(
        "LayerNormalization", [noise(2, 3, 4), noise(*lengths), noise(*lengths)], [1, 2], axis=axis
    )


def test_instance_norm_keeps_the_numbers(same, noise):
    same("InstanceNormalization", [noise(2, 3, 4, 4), noise(3), noise(3)], [1, 2])


def test_group_norm_keeps_the_numbers(same, noise):
    inputs = [noise(2, 4, 5, 5), noise(4), noise(4)]
    same("GroupNormalization", inputs, [1, 2], num_groups=2, opset=21)


def test_rms_norm_divides_by_the_root_mean_square(operator_file, noise):
    x, weight = noise(2, 3, 4), noise(4)
    path = operator_file("RMSNormalization", [x, weight], [1], opset=23)
    found = load_onnx(path).module(torch.from_numpy(x)).detach().numpy()
    expected = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * weight
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_norm_in_training_mode_is_refused(operator_file, noise):
    statistics = [noise(3), noise(3), noise(3), np.abs(noise(3))]
    path = operator_file(
        "BatchNormalization", [noise(2, 3, 4, 4), *statistics], [1, 2, 3, 4], training_mode=1
    )
    with pytest.raises(CannotConvert, match="training mode; call"):
        load_onnx(path)
