import numpy as np
import pytest
import torch

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.padding import even_padding, window_padding
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def operation(lengths: tuple[int, ...], **attributes: object) -> Operation:
    return Operation("Conv", 20, (torch.zeros(lengths),), attributes, 1)


def test_same_padding_keeps_the_length_divided_by_the_stride():
    op = operation((1, 1, 7, 8), auto_pad="SAME_UPPER")
    assert window_padding(op, [3, 3], [2, 2], [1, 1]) == ([1, 0], [1, 1])


def test_explicit_pads_are_split_into_before_and_after():
    op = operation((1, 1, 7, 8), pads=[1, 2, 3, 4])
    assert window_padding(op, [3, 3], [1, 1], [1, 1]) == ([1, 2], [3, 4])


def test_only_even_padding_fits_into_one_argument():
    assert even_padding([1, 2], [1, 2]) == [1, 2]
    assert even_padding([1, 2], [2, 1]) is None


@pytest.mark.parametrize("attributes", [{"pads": [1]}, {"pads": [-1, 0, 0, 0]}, {"auto_pad": "X"}])
def test_padding_that_makes_no_sense_is_refused(attributes):
    with pytest.raises(UnreadableNodeError, match=r"its (pads|auto_pad)"):
        window_padding(operation((1, 1, 7, 8), **attributes), [3, 3], [1, 1], [1, 1])


def test_uneven_padding_of_a_pool_keeps_the_numbers(same, noise):
    same("MaxPool", [-np.abs(noise(1, 2, 5, 5))], kernel_shape=[2, 2], pads=[0, 0, 1, 1])
