"""Leave K as it is and let the product transpose: matmul(q, permute(k)) -> matmul(q, swap(k)).

BATCH_MATMUL reads its right operand by rows or by columns (`adj_y`) at no cost, so only the
swap of the last two axes is written behind whatever permutation the heads need; the writer
turns it into the flag. The int8 transpose it spares moves single bytes across rows.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import Program, call, finish, shape

A = torch.ops.aten


def keys_by_row(program: Program) -> Program:
    """Return a copy in which right operands that lie transposed in memory are swapped last."""
    program = program.copy()
    graph = program.graph
    for product in graph.find_nodes(op="call_function", target=A.matmul.default):
        right = product.args[1]
        if not isinstance(right, fx.Node) or right.target is not A.permute.default:
            continue
        axes = [axis % len(shape(right)) for axis in arguments(right)["dims"]]
        swap = [*range(len(axes) - 2), len(axes) - 1, len(axes) - 2]
        rows = [axes[axis] for axis in swap]
        if len(axes) < 3 or axes[-1] > axes[-2] or rows == sorted(rows):
            continue  # its rows lie one after the other, or nothing but the swap is written
        with graph.inserting_before(right):
            kept = call(right, A.permute.default, right.args[0], rows)
            swapped = call(right, A.permute.default, kept, swap)
        product.update_arg(1, swapped)
    return finish(program)
