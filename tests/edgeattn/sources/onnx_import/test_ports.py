import pytest
import torch
from onnx import TensorProto, helper

from edgeattn.sources.onnx_import.ports import example_of, python_name
from edgeattn_runtime.errors import CannotConvert


def port(shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info("image", kind, shape)


def test_examples_fit_shape_and_type():
    assert example_of(port((2, 3)), "m").shape == (2, 3)
    assert example_of(port((2,), TensorProto.INT64), "m").tolist() == [0, 0]
    assert example_of(port((2,), TensorProto.BOOL), "m").tolist() == [True, True]
    assert example_of(port((), TensorProto.FLOAT16), "m").dtype == torch.float32


def test_a_named_open_dimension_comes_with_the_command_that_sets_it():
    with pytest.raises(CannotConvert, match=r"0 of input image is 'batch'.*--dim_param batch"):
        example_of(port(("batch", 3)), "m.onnx")


@pytest.mark.parametrize("length", [None, 0, -1])
def test_a_dimension_without_length_is_refused(length):
    with pytest.raises(CannotConvert, match="dimension 1 of input image has no length"):
        example_of(port((1, length)), "m.onnx")


def test_an_input_of_unknown_rank_is_refused():
    with pytest.raises(CannotConvert, match="no tensor of known shape"):
        example_of(port(None), "m.onnx")


def test_an_enormous_input_is_refused():
    with pytest.raises(CannotConvert, match=r"has 1099511627776 numbers, more than 268435456"):
        example_of(port((2**20, 2**20)), "m.onnx")


def test_names_become_python_names():
    assert python_name("input.1", ()) == "input_1"
    assert python_name("0", ()) == "input_0"
    assert python_name("::", ()) == "x"
    assert python_name("a/b", {"a_b": 1}) == "a_b_2"
    assert [python_name(name, ()) for name in ("class", "self")] == ["class_", "self_"]
