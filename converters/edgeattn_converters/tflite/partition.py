"""What XNNPACK took over from a `.tflite` file, and what it left to slower kernels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]


@dataclass(frozen=True)
class Partition:
    """How the engine cut the graph.

    Attributes:
        parts: How many pieces XNNPACK runs; 1 is the whole graph in one go.
        delegated: Its operators, by name and dtype of the first input: "CONV_2D:int8".
        left: The same for those that TFLite's own kernels run.
    """

    parts: int
    delegated: Counter[str]
    left: Counter[str]


def partition(content: bytes) -> Partition:
    """Load a file and return how the engine cut it.

    The interpreter lists the operators XNNPACK replaced beside its own pieces. A replaced
    operator is one that leads to the output of a piece without passing the piece's inputs.

    Source: `Interpreter._get_ops_details` of ai-edge-litert, no public name has it.
    """
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    details = interpreter._get_ops_details()
    pieces = [detail for detail in details if detail["op_name"].upper() == "DELEGATE"]
    operators = [detail for detail in details if detail["op_name"].upper() != "DELEGATE"]
    covered = _covered(pieces, operators)
    dtypes = {
        tensor["index"]: np.dtype(tensor["dtype"]).name
        for tensor in interpreter.get_tensor_details()
    }
    delegated, left = Counter[str](), Counter[str]()
    for operator in operators:
        kind = f"{operator['op_name']}:{dtypes.get(int(operator['inputs'][0]), '')}"
        (delegated if operator["index"] in covered else left)[kind] += 1
    return Partition(len(pieces), delegated, left)


def _covered(pieces: list[dict[str, Any]], operators: list[dict[str, Any]]) -> set[int]:
    writers = {int(tensor): operator for operator in operators for tensor in operator["outputs"]}
    covered: set[int] = set()
    for piece in pieces:
        inputs = {int(tensor) for tensor in piece["inputs"]}
        pending = [int(tensor) for tensor in piece["outputs"]]
        while pending:
            operator = writers.get(pending.pop())
            if operator is None or operator["index"] in covered:
                continue
            covered.add(operator["index"])
            pending += [int(tensor) for tensor in operator["inputs"] if int(tensor) not in inputs]
    return covered
