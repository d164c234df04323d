"""ONNX tensors and element types, and their PyTorch counterparts."""

from __future__ import annotations

import onnx
import torch
from onnx import numpy_helper

from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError

_P = onnx.TensorProto
# Every float becomes float32: int8 takes its ranges from it, and fp16 files are made from it.
TYPES: dict[int, torch.dtype] = {
    _P.FLOAT: torch.float32,
    _P.FLOAT16: torch.float32,
    _P.BFLOAT16: torch.float32,
    _P.DOUBLE: torch.float32,
    _P.INT64: torch.int64,
    _P.INT32: torch.int32,
    _P.INT16: torch.int16,
    _P.INT8: torch.int8,
    _P.UINT8: torch.uint8,
    _P.BOOL: torch.bool,
}


def torch_type(number: int) -> torch.dtype:
    """Return the PyTorch type for an ONNX element type."""
    if number not in TYPES:
        known = number in _P.DataType.values()
        name = _P.DataType.Name(number) if known else str(number)
        raise UnreadableNodeError(f"its element type {name} has no counterpart")
    return TYPES[number]


def stored_tensor(tensor: onnx.TensorProto) -> torch.Tensor:
    """Return a tensor that the file stores."""
    wanted = torch_type(tensor.data_type)
    try:
        array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError) as error:
        raise UnreadableNodeError(
            f"it does not hold what its shape {list(tensor.dims)} says ({error})"
        ) from error
    if tensor.data_type == _P.BFLOAT16:
        array = array.astype("float32")
    return torch.from_numpy(array.copy()).to(wanted)
