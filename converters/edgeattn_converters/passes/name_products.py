"""Call matrix products by two names: a weight makes a Linear, anything else a matmul.

bmm(a, b)              -> matmul(a, b)
baddbmm(c, a, b)       -> matmul(a, b) + c
mm(x, W), matmul(x, W) -> linear(x, W')
addmm(b, x, W)         -> linear(x, W', b)

W is a constant [in, out], as GPT-2 stores it; a Linear stores [out, in]. Exact.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import (
    Program,
    add_constant,
    call,
    constant,
    finish,
    is_constant,
    shape,
    take_name,
)  # fmt: skip

A = torch.ops.aten
PRODUCTS = frozenset({A.mm.default, A.matmul.default, A.addmm.default})


def name_products(program: Program) -> Program:
    """Return a copy whose matrix products are linear or matmul."""
    program = program.copy()
    for node in list(program.graph.nodes):
        if node.op != "call_function":
            continue
        with program.graph.inserting_before(node):
            replacement = _linear(program, node) or _matmul(node)
        if replacement is not None:
            take_name(replacement, node)
            node.replace_all_uses_with(replacement)
    return finish(program)


def _linear(program: Program, node: fx.Node) -> fx.Node | None:
    """Return the Linear that a product with a constant matrix is, or None."""
    if node.target not in PRODUCTS:
        return None
    given = arguments(node)
    if node.target is A.addmm.default:
        left, right, bias = given["mat1"], given["mat2"], given["self"]
    else:
        left, right, bias = node.args[0], node.args[1], None
    if not is_constant(right) or len(shape(right)) != 2 or is_constant(left):
        return None
    weight = constant(program, right).T.contiguous()
    parts = [add_constant(program, f"{right.name}_transposed", weight)]
    if bias is not None:
        if not is_constant(bias) or shape(bias) != (len(weight),) or not _plain(given):
            return None
        parts.append(bias)
    return call(node, A.linear.default, left, *parts)


def _matmul(node: fx.Node) -> fx.Node | None:
    """Return the matmul that a product under another name is, or None."""
    if node.target in (A.bmm.default, A.mm.default):
        return call(node, A.matmul.default, *node.args[:2])
    if node.target not in (A.baddbmm.default, A.addmm.default) or not _plain(arguments(node)):
        return None
    added, left, right = node.args[:3]
    return call(node, A.add.Tensor, call(node, A.matmul.default, left, right), added)


def _plain(given: dict[str, object]) -> bool:
    return given["alpha"] == 1 and given["beta"] == 1
