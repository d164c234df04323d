"""Flatbuffer building: tensors, constants and operators in, `.tflite` bytes out.

Nothing here knows PyTorch. The same calls give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
from ai_edge_litert import schema_py_generated as schema  # type: ignore[import-untyped]
from numpy.typing import NDArray

from edgeattn_converters.tflite.versions import Signature, version

Array = NDArray[Any]

TENSOR_TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "int8": schema.TensorType.INT8,
    "int4": schema.TensorType.INT4,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "bool": schema.TensorType.BOOL,
}
ALIGNMENT = 16  # bytes; schema.fbs asks it of every buffer, so that kernels may use SIMD loads


@dataclass(frozen=True)
class Affine:
    """How integers stand for real numbers: real = scale * (integer - zero_point).

    Attributes:
        scales: One, or one per channel along `axis`.
        zero_point: The integer that stands for 0.
        axis: The channel axis; 0 when there is one scale.
    """

    scales: tuple[float, ...]
    zero_point: int = 0
    axis: int = 0

    @property
    def scale(self) -> float:
        """The scale, when there is only one."""
        (scale,) = self.scales
        return scale


@dataclass(frozen=True)
class Tensor:
    """One tensor of the file; operators refer to it by `index`."""

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    affine: Affine | None


class Builder:
    """Collects one subgraph, then writes it."""

    def __init__(self) -> None:
        """Start with an empty subgraph; buffer 0 is empty by convention."""
        self.tensors: list[Tensor] = []
        self._buffers: list[Any] = [schema.BufferT()]
        self._buffer_of: list[int] = []
        self._constants: dict[tuple[object, ...], Tensor] = {}
        self._names: dict[str, int] = {}
        self._codes: dict[tuple[int, int], int] = {}
        self._operators: list[Any] = []

    def tensor(
        self, name: str, shape: Sequence[int], dtype: str, affine: Affine | None = None
    ) -> Tensor:
        """Return a new tensor that an operator or the caller fills."""
        return self._tensor(name, shape, dtype, affine, buffer=0)

    def constant(self, value: Array, name: str, affine: Affine | None = None) -> Tensor:
        """Return a tensor that holds `value`; equal contents are stored once."""
        value = np.ascontiguousarray(value).reshape(value.shape)  # keeps rank 0
        key = (value.tobytes(), value.shape, value.dtype.str, affine)
        if key not in self._constants:
            buffer = _AlignedBuffer()
            buffer.data = np.frombuffer(value.tobytes(), np.uint8)
            self._buffers.append(buffer)
            self._constants[key] = self._tensor(
                name, value.shape, value.dtype.name, affine, buffer=len(self._buffers) - 1
            )
        return self._constants[key]

    def nibbles(self, value: Array, name: str, affine: Affine) -> Tensor:
        """Return an int4 constant of values -8 to 7, two to a byte, the first one low."""
        flat = np.append(value.reshape(-1), np.zeros(value.size % 2, value.dtype)) & 15
        packed = self.constant((flat[0::2] | (flat[1::2] << 4)).astype(np.uint8), name, affine)
        tensor = replace(packed, shape=value.shape, dtype="int4")
        self.tensors[packed.index] = tensor
        return tensor

    def integers(self, values: Sequence[int] | Sequence[Sequence[int]], name: str) -> Tensor:
        """Return an int32 constant: a shape, axes, paddings."""
        return self.constant(np.asarray(values, np.int32), name)

    def add(
        self,
        operator: str,
        inputs: Sequence[Tensor | None],
        output: Tensor | tuple[Tensor, ...],
        options: str | None = None,
        **fields: object,
    ) -> Tensor:
        """Append an operator and return its first output.

        Args:
            operator: Its name in the schema, for example "CONV_2D".
            inputs: None stands for an optional input that is left out.
            output: The tensor it fills, or several.
            options: The options table in the schema, for example "Conv2DOptions".
            fields: The fields of that table.
        """
        code = getattr(schema.BuiltinOperator, operator)
        outputs = output if isinstance(output, tuple) else (output,)
        key = (code, version(operator, _signature(inputs, outputs[0], fields)))
        node = schema.OperatorT()
        node.opcodeIndex = self._codes.setdefault(key, len(self._codes))
        node.inputs = [-1 if tensor is None else tensor.index for tensor in inputs]
        node.outputs = [tensor.index for tensor in outputs]
        if options is not None:
            table = getattr(schema, options + "T")()
            for field, value in fields.items():
                setattr(table, field, value)
            node.builtinOptions = table
            node.builtinOptionsType = getattr(schema.BuiltinOptions, options)
        self._operators.append(node)
        return outputs[0]

    def finish(
        self, inputs: dict[str, Tensor], outputs: dict[str, Tensor], description: str
    ) -> bytes:
        """Return the file.

        Args:
            inputs: Port name to tensor, in the order of the caller's arguments.
            outputs: The same for what comes back.
            description: A sentence for whoever opens the file.
        """
        graph = schema.SubGraphT()
        graph.name = b"main"
        graph.tensors = [self._tensor_table(tensor) for tensor in self.tensors]
        graph.operators = self._operators
        graph.inputs = [tensor.index for tensor in inputs.values()]
        graph.outputs = [tensor.index for tensor in outputs.values()]
        model = schema.ModelT()
        model.version = 3
        model.description = description.encode()
        model.subgraphs = [graph]
        model.buffers = self._buffers
        model.operatorCodes = [operator_code(code, number) for code, number in self._codes]
        signature = schema.SignatureDefT()
        signature.signatureKey = b"serving_default"
        signature.inputs = [_port(name, tensor) for name, tensor in inputs.items()]
        signature.outputs = [_port(name, tensor) for name, tensor in outputs.items()]
        signature.subgraphIndex = 0
        model.signatureDefs = [signature]
        return packed(model)

    def _tensor(
        self, name: str, shape: Sequence[int], dtype: str, affine: Affine | None, buffer: int
    ) -> Tensor:
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        unique = name if count == 0 else f"{name};{count}"  # fx names hold no semicolon
        tensor = Tensor(len(self.tensors), unique, tuple(map(int, shape)), dtype, affine)
        self.tensors.append(tensor)
        self._buffer_of.append(buffer)
        return tensor

    def _tensor_table(self, tensor: Tensor) -> Any:
        table = schema.TensorT()
        table.name = tensor.name.encode()
        table.shape = list(tensor.shape)
        table.type = TENSOR_TYPES[tensor.dtype]
        table.buffer = self._buffer_of[tensor.index]
        if tensor.affine is not None:
            table.quantization = schema.QuantizationParametersT()
            table.quantization.scale = [float(scale) for scale in tensor.affine.scales]
            table.quantization.zeroPoint = [tensor.affine.zero_point] * len(tensor.affine.scales)
            table.quantization.quantizedDimension = tensor.affine.axis
        return table


def packed(model: Any) -> bytes:
    """Return the file of a `ModelT`."""
    writer = flatbuffers.Builder(1 << 16)
    writer.Finish(model.Pack(writer), b"TFL3")
    return bytes(writer.Output())


class _AlignedBuffer(schema.BufferT):  # type: ignore[misc]
    """A buffer whose bytes start at a multiple of ALIGNMENT; the generated one does not care."""

    def Pack(self, builder: Any) -> int:  # noqa: N802 (the generated base class names it)
        length = len(self.data)
        builder.StartVector(1, length, ALIGNMENT)
        start = builder.Head() - length
        builder.Bytes[start : builder.Head()] = self.data.tobytes()
        builder.head = start
        data = builder.EndVector()
        schema.BufferStart(builder)
        schema.BufferAddData(builder, data)
        return int(schema.BufferEnd(builder))


def _signature(
    inputs: Sequence[Tensor | None], output: Tensor, fields: dict[str, object]
) -> Signature:
    present = [tensor for tensor in inputs if tensor is not None]
    first = present[0]
    rescale = 0.0
    if len(present) == 2 and all(t.affine and t.dtype == "int8" for t in (*present, output)):
        scales = [t.affine.scales[0] for t in (*present, output) if t.affine]
        rescale = scales[0] * scales[1] / scales[2]
    return Signature(
        dtypes=tuple(tensor.dtype for tensor in present),
        shapes=tuple(tensor.shape for tensor in present),
        output_dtype=output.dtype,
        per_channel=first.affine is not None and len(first.affine.scales) > 1,
        keep_num_dims=bool(fields.get("keepNumDims", False)),
        dilated=(fields.get("dilationHFactor", 1), fields.get("dilationWFactor", 1)) != (1, 1),
        grouped=len(present) > 1
        and len(first.shape) == 4
        and len(present[1].shape) == 4
        and present[1].shape[3] != first.shape[3],
        rescale=rescale,
    )


def operator_code(code: int, number: int) -> Any:
    """Return the entry for one operator of one version."""
    table = schema.OperatorCodeT()
    table.builtinCode = code
    table.deprecatedBuiltinCode = min(code, 127)  # 127 tells old readers to look at builtinCode
    table.version = number
    return table


def _port(name: str, tensor: Tensor) -> Any:
    table = schema.TensorMapT()
    table.name = name.encode()
    table.tensorIndex = tensor.index
    return table
