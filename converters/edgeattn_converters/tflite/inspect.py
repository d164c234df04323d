"""What a `.tflite` file holds: operators with their types, weights and multiplications.

The precision audit counts here, on the file as it was written; `partition` says what the
engine made of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ai_edge_litert import schema_py_generated as schema  # type: ignore[import-untyped]

OPERATOR_NAMES = {
    code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)
}
DTYPES = {
    code: name.lower() for name, code in vars(schema.TensorType).items() if isinstance(code, int)
}


@dataclass(frozen=True)
class Operation:
    """One operator of a file.

    Attributes:
        name: As the schema has it, for example "CONV_2D".
        output: The name of its first output: the node of the Program it came from.
        inputs: The dtypes of its inputs.
        dtype: The dtype of its output.
        weights: How many constant numbers it multiplies with or looks up.
        macs: How many multiply-accumulates one inference takes.
    """

    name: str
    output: str
    inputs: tuple[str, ...]
    dtype: str
    weights: int
    macs: int

    @property
    def is_int8(self) -> bool:
        """Return whether it computes in int8: weights that are only stored so do not count."""
        dynamic = self.name == "FULLY_CONNECTED" and self.inputs[1] in ("int8", "int4")
        return self.dtype == "int8" or dynamic


@dataclass(frozen=True)
class Contents:
    """All operators of a file, in order."""

    operations: tuple[Operation, ...]

    @property
    def int8_weight_share(self) -> float:
        """The share of weights that int8 operators use, 0 to 1; 0 without weights."""
        return self._share(lambda operation: operation.weights)

    @property
    def int8_mac_share(self) -> float:
        """The share of multiply-accumulates in int8 operators, 0 to 1; 0 without any."""
        return self._share(lambda operation: operation.macs)

    @property
    def kinds(self) -> Counter[str]:
        """How often each operator occurs, by name and output dtype: "CONV_2D:int8"."""
        return Counter(f"{operation.name}:{operation.dtype}" for operation in self.operations)

    def _share(self, amount: Callable[[Operation], int]) -> float:
        total = sum(amount(operation) for operation in self.operations)
        int8 = sum(amount(operation) for operation in self.operations if operation.is_int8)
        return int8 / total if total else 0.0


def inspect(content: bytes) -> Contents:
    """Read the first subgraph of a `.tflite` file."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    constants = {
        index
        for index, tensor in enumerate(graph.tensors)
        if model.buffers[tensor.buffer].data is not None
    }
    for node in graph.operators:  # a dequantised constant is still a constant
        if _name(model, node) == "DEQUANTIZE" and node.inputs[0] in constants:
            constants.add(node.outputs[0])
    return Contents(tuple(_operation(model, graph, node, constants) for node in graph.operators))


def _name(model: Any, node: Any) -> str:
    code = model.operatorCodes[node.opcodeIndex]
    return str(OPERATOR_NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)])


def _operation(model: Any, graph: Any, node: Any, constants: set[int]) -> Operation:
    name = _name(model, node)
    inputs = [graph.tensors[index] for index in node.inputs if index >= 0]
    output = graph.tensors[node.outputs[0]]
    place = WEIGHT_PLACE.get(name)
    held = place is not None and node.inputs[place] in constants
    return Operation(
        name=name,
        output=output.name.decode(),
        inputs=tuple(DTYPES[tensor.type] for tensor in inputs),
        dtype=DTYPES[output.type],
        weights=math.prod(map(int, inputs[place].shape)) if held and place is not None else 0,
        macs=_macs(name, inputs, math.prod(map(int, output.shape))),
    )


# Which input holds the weights.
WEIGHT_PLACE = {
    "CONV_2D": 1,
    "DEPTHWISE_CONV_2D": 1,
    "FULLY_CONNECTED": 1,
    "BATCH_MATMUL": 1,
    "GATHER": 0,
}


def _macs(name: str, inputs: list[Any], outputs: int) -> int:
    """Return how often an operator multiplies and adds: so many per output number."""
    shapes = [[int(length) for length in tensor.shape] for tensor in inputs]
    if name == "CONV_2D":  # filter [out, height, width, in]
        return outputs * math.prod(shapes[1][1:])
    if name == "DEPTHWISE_CONV_2D":  # filter [1, height, width, out]
        return outputs * math.prod(shapes[1][1:3])
    if name == "FULLY_CONNECTED":  # weight [out, in]
        return outputs * shapes[1][1]
    if name == "BATCH_MATMUL":  # left [..., rows, inner]
        return outputs * shapes[0][-1]
    return 0
