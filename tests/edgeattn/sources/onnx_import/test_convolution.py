import pytest

from edgeattn.sources.onnx import load_onnx
from edgeattn_runtime.errors import CannotConvert


@pytest.mark.parametrize(
    "options",
    [
        {"pads": [1, 1, 1, 1]},
        {"strides": [2, 2], "pads": [0, 1, 1, 0]},
        {"dilations": [2, 2]},
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
        {"auto_pad": "SAME_LOWER", "strides": [2, 2]},
        {"auto_pad": "VALID"},
    ],
)
def test_two_axes_keep_the_numbers(options, same, noise):
    same("Conv", [noise(1, 3, 8, 9), noise(4, 3, 3, 3), noise(4)], [1, 2], **options)


def test_one_and_three_axes_keep_the_numbers(same, noise):
    same("Conv", [noise(1, 3, 9), noise(4, 3, 3)], [1], pads=[1, 1])
    same("Conv", [noise(1, 2, 4, 5, 6), noise(3, 2, 3, 3, 3)], [1])


def test_groups_keep_the_numbers(same, noise):
    same("Conv", [noise(1, 4, 6, 6), noise(4, 1, 3, 3), noise(4)], [1, 2], group=4)


def test_a_transposed_convolution_keeps_the_numbers(same, noise):
    same("ConvTranspose", [noise(1, 4, 5, 5), noise(4, 3, 2, 2)], [1], strides=[2, 2])


def test_a_transposed_convolution_with_implied_padding_is_refused(operator_file, noise):
    inputs = [noise(1, 4, 5, 5), noise(4, 3, 3, 3)]
    path = operator_file("ConvTranspose", inputs, [1], strides=[2, 2], auto_pad="SAME_UPPER")
    with pytest.raises(CannotConvert, match="padding is uneven or implied"):
        load_onnx(path)
