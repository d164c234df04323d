"""Leave K as it is and let the product transpose: matmul(q, transposed k) -> matmul(q, swap(k)).

BATCH_MATMUL reads its right operand by rows or by columns (`adj_y`). By rows costs nothing; by
columns it gathers single bytes: an int8 attention over 784 tokens takes 1.02x as long, its
projections included, a float one the same (`python -m benchmarks.engine_forms`). So where the rows
of an operand's swap lie one after the other in memory, only the swap of the last two axes is
written behind whatever moves the heads; the writer turns it into the flag.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.passes.collapse_layout import emit, read_from
from edgeattn_converters.passes.layout_operators import is_layout
from edgeattn_converters.program import Program, call, finish, shape
from edgeattn_converters.strided import plan

A = torch.ops.aten


def keys_by_row(program: Program) -> Program:
    """Return a copy in which right operands that lie transposed in memory are swapped last."""
    program = program.copy()
    graph = program.graph
    for product in graph.find_nodes(op="call_function", target=A.matmul.default):
        right = product.args[1]
        if not isinstance(right, fx.Node) or not is_layout(right) or len(shape(right)) < 3:
            continue
        if right.target is A.permute.default and arguments(right)["dims"] == _swap(right):
            continue  # it stands where it should
        root, addresses = read_from(right)
        rows = addresses.transpose(-1, -2)
        found = (
            plan(shape(root), rows) if _contiguous(rows) and not _contiguous(addresses) else None
        )
        if found is None:
            continue
        with graph.inserting_before(right):
            kept = emit(program, root, found, right)
            swapped = call(right, A.permute.default, kept, _swap(right))
        product.update_arg(1, swapped)
    return finish(program)


def _swap(node: fx.Node) -> list[int]:
    """Return the order of axes that swaps a node's last two."""
    rank = len(shape(node))
    return [*range(rank - 2), rank - 1, rank - 2]


def _contiguous(addresses: torch.Tensor) -> bool:
    """Tell whether neighbours on the last axis are neighbours in memory."""
    return addresses.shape[-1] > 1 and bool((addresses.diff(dim=-1) == 1).all())
