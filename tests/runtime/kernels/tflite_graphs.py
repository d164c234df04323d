"""Small TFLite graphs with attention cores in many forms, and a way to run them."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, load_delegate
from numpy.typing import NDArray

from edgeattn_converters.tflite.builder import Affine, Builder, Tensor

Array = NDArray[Any]

Q, K, V, OUT = (Affine((2.0**-5,), 3), Affine((2.0**-5,), -7), Affine((2.0**-6,), 5),
                Affine((2.0**-7,), -2))  # fmt: skip
"""Powers of two: a product of scales is the same in any order."""


class Graph:
    """Writes one operator a line; shapes follow where they can."""

    def __init__(self) -> None:
        self.builder = Builder()
        self.inputs: dict[str, Tensor] = {}

    def given(self, name: str, shape: Sequence[int], affine: Affine | None = Q) -> Tensor:
        self.inputs[name] = self.builder.tensor(
            name, shape, "int8" if affine else "float32", affine
        )
        return self.inputs[name]

    def operator(
        self, name: str, inputs: list[Tensor], shape: Sequence[int], affine: Affine | None = None,
        options: str | None = None, called: str | None = None, **fields: object,
    ) -> Tensor:  # fmt: skip
        kind = "int8" if affine else "float32"
        output = self.builder.tensor(called or name, shape, kind, affine)
        return self.builder.add(name, inputs, output, options, **fields)

    def real(self, x: Tensor) -> Tensor:
        return self.operator("DEQUANTIZE", [x], x.shape, None, "DequantizeOptions")

    def rounded(self, x: Tensor, affine: Affine = OUT) -> Tensor:
        return self.operator("QUANTIZE", [x], x.shape, affine, "QuantizeOptions")

    def moved(self, x: Tensor, *order: int) -> Tensor:
        axes = self.builder.integers(order, "order")
        shape = [x.shape[axis] for axis in order]
        return self.operator("TRANSPOSE", [x, axes], shape, x.affine, "TransposeOptions")

    def reshaped(self, x: Tensor, *shape: int) -> Tensor:
        size = self.builder.integers(shape, "size")
        return self.operator(
            "RESHAPE", [x, size], shape, x.affine, "ReshapeOptions", newShape=[*shape]
        )

    def sliced(self, x: Tensor, begin: Sequence[int], size: Sequence[int]) -> Tensor:
        bounds = [self.builder.integers(values, "bound") for values in (begin, size)]
        return self.operator("SLICE", [x, *bounds], size, x.affine, "SliceOptions")

    def product(self, left: Tensor, right: Tensor, *, adj_x: bool = False, adj_y: bool = False,
                affine: Affine | None = None) -> Tensor:  # fmt: skip
        batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        rows, columns = left.shape[-1 if adj_x else -2], right.shape[-2 if adj_y else -1]
        return self.operator("BATCH_MATMUL", [left, right], (*batch, rows, columns), affine,
                             "BatchMatMulOptions", adjX=adj_x, adjY=adj_y)  # fmt: skip

    def softmax(self, x: Tensor, beta: float = 1.0, name: str | None = None) -> Tensor:
        return self.operator(
            "SOFTMAX", [x], x.shape, x.affine, "SoftmaxOptions", called=name, beta=beta
        )

    def times(self, x: Tensor, number: float) -> Tensor:
        factor = self.builder.constant(np.asarray(number, np.float32), "factor")
        return self.operator("MUL", [x, factor], x.shape, None, "MulOptions")

    def plus(self, x: Tensor, y: Tensor, activation: int = 0) -> Tensor:
        return self.operator("ADD", [x, y], np.broadcast_shapes(x.shape, y.shape), None,
                             "AddOptions", fusedActivationFunction=activation)  # fmt: skip

    def file(self, **outputs: Tensor) -> bytes:
        return self.builder.finish(self.inputs, outputs, "a test")


@dataclass(frozen=True)
class Ran:
    """What came out, by name, and how many cores the library computed."""

    outputs: dict[str, Array]
    cores: int


def numbers(graph: Graph, seed: int = 0) -> dict[str, Array]:
    """Return inputs: int8 over most of their range, floats of deviation 1."""
    random = np.random.default_rng(seed)
    return {
        name: random.integers(-100, 101, x.shape).astype(np.int8)
        if x.affine
        else random.normal(0, 1, x.shape).astype(np.float32)
        for name, x in graph.inputs.items()
    }


def run(
    content: bytes,
    inputs: dict[str, Array],
    library: Path | None,
    *,
    times: int = 1,
    threads: int = 1,
) -> Ran:
    """Run a file, through the delegate where `library` is given."""
    delegates = [load_delegate(str(library))] if library else []
    interpreter = Interpreter(
        model_content=content, num_threads=threads, experimental_delegates=delegates
    )
    interpreter.allocate_tensors()
    signature = next(iter(interpreter._get_full_signature_list().values()))
    for _ in range(times):
        for name, value in inputs.items():
            interpreter.set_tensor(signature["inputs"][name], value)
        interpreter.invoke()
    outputs = {name: interpreter.get_tensor(place) for name, place in signature["outputs"].items()}
    return Ran(outputs, cores(library, delegates[0]) if library else 0)


def cores(library: Path, delegate: Any) -> int:
    """Ask a delegate how many cores it computes."""
    count = ctypes.CDLL(str(library)).edgeattn_tflite_cores
    count.argtypes = [ctypes.c_void_p]
    return int(count(delegate._get_native_delegate_pointer()))


def steps_apart(first: Array, second: Array) -> int:
    """Return the largest difference of two int8 arrays."""
    return int(np.abs(first.astype(int) - second).max())


def scale(width: int) -> float:
    """Return a power of two near 1 / sqrt(width)."""
    return 2.0 ** -round(math.log2(width) / 2)
