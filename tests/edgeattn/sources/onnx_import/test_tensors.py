import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from edgeattn.sources.onnx_import.tensors import stored_tensor, torch_type
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_every_float_becomes_float32(kind):
    tensor = stored_tensor(onnx.numpy_helper.from_array(np.array([1.5, -2.0], kind), "w"))
    assert tensor.dtype == torch.float32
    assert tensor.tolist() == [1.5, -2.0]


def test_bfloat16_becomes_float32():
    stored = helper.make_tensor("w", TensorProto.BFLOAT16, (2,), [1.5, -2.0])
    assert stored_tensor(stored).tolist() == [1.5, -2.0]


@pytest.mark.parametrize("kind", ["int64", "int32", "uint8", "bool"])
def test_whole_numbers_keep_their_type(kind):
    tensor = stored_tensor(onnx.numpy_helper.from_array(np.array([1, 0], kind), "w"))
    assert str(tensor.dtype) == f"torch.{kind}"


def test_texts_are_refused_by_name():
    with pytest.raises(UnreadableNodeError, match="element type STRING has no counterpart"):
        torch_type(TensorProto.STRING)
    with pytest.raises(UnreadableNodeError, match="element type 4711"):
        torch_type(4711)
