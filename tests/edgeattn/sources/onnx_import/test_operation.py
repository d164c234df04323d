import pytest
import torch

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def operation(*inputs, **attributes) -> Operation:
    return Operation("Any", 20, inputs, attributes, 1)


def test_axes_come_from_an_input_or_an_attribute():
    x = torch.zeros(2, 3)
    assert operation(x, torch.tensor([1])).axes() == [1]
    assert operation(x, axes=[0]).axes() == [0]
    assert operation(x).axes() is None


def test_an_axis_is_counted_from_the_front():
    assert operation(torch.zeros(2, 3, 4), axis=-1).axis(0) == 2
    assert operation(torch.zeros(2, 3, 4)).axis(1) == 1
    with pytest.raises(UnreadableNodeError, match="axis 3 does not exist in 3 dimensions"):
        operation(torch.zeros(2, 3, 4), axis=3).axis(0)


def test_a_missing_input_is_named():
    with pytest.raises(UnreadableNodeError, match="input 1 is missing"):
        operation(torch.zeros(1), None).input(1)
    with pytest.raises(UnreadableNodeError, match="input 2 is missing"):
        operation(torch.zeros(1)).input(2)
    assert operation(torch.zeros(1)).optional(2) is None


def test_a_constant_must_not_depend_on_the_input():
    node = Recorder().input("x", torch.zeros(2))
    with pytest.raises(UnreadableNodeError, match="export the model with static shapes"):
        operation(node).constant(0)
