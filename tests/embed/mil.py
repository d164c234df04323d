"""A program of Core ML, run operator by operator in PyTorch.

Core ML itself runs on Apple's systems alone. This reads what lies in a package, the protocol buffer
and the blobs of weights, and does what Apple's reference says of each operator (coremltools API
reference, MIL ops of iOS 15 and 16), so that a wrong weight, a lost transpose or a wrong axis
shows here. Every result is rounded to the type that the program names; how Core ML's own kernels
round inside an operator is not known.
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

TYPES = {1: np.bool_, 10: np.float16, 11: np.float32, 21: np.int8, 23: np.int32, 31: np.uint8}
SENTINEL = 0xDEADBEEF


def run(package: Path, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the outputs of a program for its inputs, by name."""
    from coremltools.proto import Model_pb2

    spec = Model_pb2.Model()
    folder = package / "Data/com.apple.CoreML"
    spec.ParseFromString((folder / "model.mlmodel").read_bytes())
    blobs = (folder / "weights/weight.bin").read_bytes()
    function = spec.mlProgram.functions["main"]
    block = function.block_specializations[function.opset]
    known: dict[str, Any] = {name: torch.from_numpy(value) for name, value in inputs.items()}
    for operation in block.operations:
        given = {
            name: _given(argument, known, blobs) for name, argument in operation.inputs.items()
        }
        given |= {name: _value(value, blobs) for name, value in operation.attributes.items()}
        results = OPERATORS[operation.type](**given)
        results = results if isinstance(results, (list, tuple)) else [results]
        for output, result in zip(operation.outputs, results, strict=True):
            known[output.name] = _typed(result, output)
    return {name: known[name].numpy() for name in block.outputs}


def _given(argument: Any, known: dict[str, Any], blobs: bytes) -> Any:
    """Return an argument; several in a row come as a list."""
    found = [
        known[one.name] if one.WhichOneof("binding") == "name" else _value(one.value, blobs)
        for one in argument.arguments
    ]
    return found[0] if len(found) == 1 else found


def _value(value: Any, blobs: bytes) -> Any:
    """Return a constant: a text, or a tensor."""
    kind = value.type.tensorType
    lengths = [one.constant.size for one in kind.dimensions]
    if value.WhichOneof("value") == "blobFileValue":
        begin = value.blobFileValue.offset
        sentinel, _, size, place = struct.unpack_from("<IIQQ", blobs, begin)
        assert sentinel == SENTINEL
        numbers = np.frombuffer(blobs, TYPES[kind.dataType], offset=place, count=_count(lengths))
        assert numbers.nbytes == size
        return torch.from_numpy(numbers.reshape(lengths).copy())
    tensor = value.immediateValue.tensor
    held = tensor.WhichOneof("value")
    if held == "strings":
        return tensor.strings.values[0]
    content = getattr(tensor, held).values
    numbers = (
        np.frombuffer(content, TYPES[kind.dataType])
        if held == "bytes"
        else np.array(content, TYPES[kind.dataType])
    )
    return torch.from_numpy(numbers.reshape(lengths).copy())


def _count(lengths: list[int]) -> int:
    return math.prod(lengths)


def _typed(result: Any, output: Any) -> Any:
    """Round a result to the type that the program names, and compare its shape."""
    if not isinstance(result, torch.Tensor):
        return result
    kind = output.type.tensorType
    lengths = [one.constant.size for one in kind.dimensions]
    assert list(result.shape) == lengths, output.name
    return result.to(torch.from_numpy(np.empty(0, TYPES[kind.dataType])).dtype)


def _floats(*tensors: torch.Tensor) -> list[torch.Tensor]:
    """Return float16 as float32, to sum in; whole numbers stay."""
    return [x.float() if x.dtype == torch.float16 else x for x in tensors]


def _plain(operator: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Return an operator of one or two tensors, `x` and `y`."""

    def do(**given: Any) -> torch.Tensor:
        given.pop("name", None)
        return operator(*_floats(*(given[name] for name in ("x", "y") if name in given)))

    return do


def _reduced(operator: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    def do(x: Any, axes: Any, keep_dims: Any, name: Any = None) -> torch.Tensor:
        return operator(*_floats(x), dim=axes.tolist(), keepdim=bool(keep_dims))

    return do


def _dequantize(quantized_data: Any, zero_point: Any, scale: Any, axis: Any, name: Any) -> Any:
    lengths = [1] * quantized_data.ndim
    lengths[int(axis)] = -1
    steps = quantized_data.float() - zero_point.float().reshape(lengths)
    return steps * scale.float().reshape(lengths)


def _conv(x: Any, weight: Any, strides: Any, pad_type: Any, pad: Any, dilations: Any, groups: Any,
          bias: Any = None, name: Any = None) -> Any:  # fmt: skip
    assert pad_type in ("custom", "valid"), pad_type
    x, weight = _floats(x, weight)
    if pad_type == "custom":
        x = functional.pad(x, [int(pad[2 * axis + end]) for axis in reversed(range(x.ndim - 2))
                      for end in (0, 1)])  # fmt: skip
    bias = None if bias is None else bias.float()
    do = {3: functional.conv1d, 4: functional.conv2d}[x.ndim]
    return do(x, weight, bias, strides.tolist(), 0, dilations.tolist(), int(groups))


def _linear(x: Any, weight: Any, bias: Any = None, name: Any = None) -> Any:
    return functional.linear(*_floats(x, weight), None if bias is None else bias.float())


def _matmul(x: Any, y: Any, transpose_x: Any, transpose_y: Any, name: Any = None) -> Any:
    x, y = _floats(x, y)
    return (x.mT if bool(transpose_x) else x) @ (y.mT if bool(transpose_y) else y)


def _layer_norm(x: Any, axes: Any, epsilon: Any, gamma: Any = None, beta: Any = None,
                name: Any = None) -> Any:  # fmt: skip
    (x,) = _floats(x)
    assert [axis % x.ndim for axis in axes.tolist()] == [x.ndim - 1]
    ends = [None if one is None else one.float() for one in (gamma, beta)]
    return functional.layer_norm(x, x.shape[-1:], *ends, eps=float(epsilon))


def _slice(x: Any, begin: Any, end: Any, stride: Any = None, begin_mask: Any = None,
           end_mask: Any = None, squeeze_mask: Any = None, name: Any = None) -> Any:  # fmt: skip
    """Cut axes; a mask says where an end is the axis' own, or where a single place stays."""
    none = [False] * x.ndim
    open_begin, open_end, squeezed = (
        none if mask is None else mask.tolist() for mask in (begin_mask, end_mask, squeeze_mask)
    )
    steps = [1] * x.ndim if stride is None else stride.tolist()
    return x[
        tuple(
            int(begin[axis])
            if squeezed[axis]
            else slice(
                None if open_begin[axis] else int(begin[axis]),
                None if open_end[axis] else int(end[axis]),
                steps[axis],
            )
            for axis in range(x.ndim)
        )
    ]


OPERATORS: dict[str, Callable[..., Any]] = {
    "const": lambda val, name=None: val,
    "constexpr_affine_dequantize": _dequantize,
    "cast": lambda x, dtype, name=None: x.to(
        {"fp16": torch.float16, "fp32": torch.float32, "int32": torch.int32}[dtype]
    ),
    "conv": _conv,
    "linear": _linear,
    "matmul": _matmul,
    "layer_norm": _layer_norm,
    "softmax": lambda x, axis, name=None: torch.softmax(*_floats(x), int(axis)),
    "relu": _plain(torch.relu),
    "sqrt": _plain(torch.sqrt),
    "pow": _plain(torch.pow),
    "log": lambda x, epsilon, name=None: torch.log(*_floats(x + epsilon.to(x.dtype))),
    "slice_by_index": _slice,
    "add": _plain(torch.add),
    "sub": _plain(torch.sub),
    "mul": _plain(torch.mul),
    "real_div": _plain(torch.div),
    "clip": lambda x, alpha, beta, name=None: x.clamp(alpha.to(x.dtype), beta.to(x.dtype)),
    "transpose": lambda x, perm, name=None: x.permute(perm.tolist()),
    "reshape": lambda x, shape, name=None: x.reshape(shape.tolist()),
    "concat": lambda values, axis, interleave, name=None: torch.cat(values, int(axis)),
    "gather": lambda x, indices, axis, batch_dims=None, name=None, validate_indices=None: (
        functional.embedding(indices.int(), x)
    ),
    "reduce_mean": _reduced(torch.mean),
    "reduce_sum": _reduced(torch.sum),
    "reduce_max": _reduced(torch.amax),
}


def main(package: str, inputs: str, outputs: str) -> None:
    """Run a package on every row of the arrays in a file, and write what came out."""
    with np.load(inputs) as given:
        arrays = dict(given)
    rows = [
        run(Path(package), {name: array[row : row + 1] for name, array in arrays.items()})
        for row in range(len(next(iter(arrays.values()))))
    ]
    np.savez(outputs, **{name: np.concatenate([row[name] for row in rows]) for name in rows[0]})


if __name__ == "__main__":  # a process of its own: coremltools warns of much and imports slowly
    main(*sys.argv[1:])
