"""Where Q/DQ pairs stand for engines that fuse them: before what an int8 operator reads.

TensorRT asks for it so: quantise every input of an operator that multiplies, leave its output in
high precision, and quantise the shortcut of a residual sum, so that convolution, sum and ReLU
become one int8 kernel (TensorRT documentation, "Explicit Quantization", placement of Q/DQ; the
same choices in NVIDIA Model Optimizer: OpTypesToExcludeOutputQuantization, QuantizeBias False).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from torch import fx

from edgeattn_converters.operator_kind import kind
from edgeattn_converters.placement import readers
from edgeattn_converters.program import shape

Reads = Callable[[fx.Node], bool]


def operand_pairs(nodes: Sequence[fx.Node], int8: Set[fx.Node]) -> Iterator[tuple[fx.Node, Reads]]:
    """Yield each value that wants a pair behind it, with the users that read the rounded value.

    Args:
        nodes: The float graph, in order.
        int8: The operators that run in int8.
    """
    shortcuts = {total: _shortcut(total, int8) for total in nodes if kind(total) == "add"}
    for node in nodes:
        if node.op not in ("placeholder", "call_function"):
            continue  # a weight has its own scales

        def reads(user: fx.Node, node: fx.Node = node) -> bool:
            return user in int8 or shortcuts.get(user) is node

        if any(map(reads, node.users)):
            yield node, reads


def _shortcut(total: fx.Node, int8: Set[fx.Node]) -> fx.Node | None:
    """Return what a residual sum adds to an int8 convolution, where its result is int8 again."""
    if total in int8 or int8.isdisjoint(readers(total)):
        return None
    operands = [node for node in total.all_input_nodes if shape(node) == shape(total)]
    fused = [node for node in operands if _is_only_summed(node, int8)]
    if len(operands) != 2 or not fused:
        return None
    branch = fused[-1]  # of two convolutions the first one is the shortcut's
    return operands[1] if branch is operands[0] else operands[0]


def _is_only_summed(node: fx.Node, int8: Set[fx.Node]) -> bool:
    return node in int8 and kind(node) == "conv" and len(node.users) == 1
