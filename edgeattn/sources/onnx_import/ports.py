"""The inputs of an ONNX graph: a Python name and an example for each."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Container

import onnx
import torch

from edgeattn.sources.onnx_import.tensors import torch_type
from edgeattn_runtime.errors import CannotConvert

NUMBERS_LIMIT = 2**28  # 1 GiB of float32 in a single input


def example_of(port: onnx.ValueInfoProto, file: str) -> torch.Tensor:
    """Return an input that fits: noise for floats, zeros for indices, True for masks."""
    kind = port.type.tensor_type
    if not port.type.HasField("tensor_type") or not kind.HasField("shape"):
        raise CannotConvert(
            f"{file}: input {port.name} is no tensor of known shape; export it with static shapes"
        )
    lengths = [int(dim.dim_value) for dim in kind.shape.dim]
    for index, dim in enumerate(kind.shape.dim):
        if lengths[index] < 1:
            raise CannotConvert(_open_dimension(port.name, index, dim.dim_param, file))
    if math.prod(lengths) > NUMBERS_LIMIT:
        raise CannotConvert(
            f"{file}: input {port.name} of shape {lengths} has {math.prod(lengths)} numbers, more "
            f"than {NUMBERS_LIMIT}; export the model for a smaller one"
        )
    wanted = torch_type(kind.elem_type)
    if wanted.is_floating_point:
        return torch.randn(lengths, generator=torch.Generator().manual_seed(0))
    return torch.full(lengths, wanted == torch.bool, dtype=wanted)


def python_name(name: str, taken: Container[str]) -> str:
    """Return a name that `forward` can use; `input.1` becomes `input_1`."""
    cleaned = re.sub(r"\W+", "_", name).strip("_") or "x"
    if cleaned[0].isdigit():
        cleaned = f"input_{cleaned}"
    if keyword.iskeyword(cleaned) or cleaned in ("self", "torch"):  # `forward` uses these itself
        cleaned += "_"
    unique, count = cleaned, 1
    while unique in taken:
        count += 1
        unique = f"{cleaned}_{count}"
    return unique


def _open_dimension(name: str, index: int, parameter: str, file: str) -> str:
    if not parameter:
        return (
            f"{file}: dimension {index} of input {name} has no length; export the model again with "
            "static shapes"
        )
    return (
        f"{file}: dimension {index} of input {name} is {parameter!r}, not a number; export the "
        "model again with static shapes, or run `python -m "
        f"onnxruntime.tools.make_dynamic_shape_fixed --dim_param {parameter} --dim_value 1 {file} "
        "static.onnx`"
    )
