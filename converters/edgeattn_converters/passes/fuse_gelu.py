"""Put a GELU that is written out back together.

x * 0.5 * (1 + erf(x / sqrt(2)))                              -> gelu(x)
x * 0.5 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))  -> gelu(x, approximate="tanh")

Five operators or more each read and write all the numbers; the one operator has kernels, and a
table in int8. Exact but for float rounding. Source: Hendrycks & Gimpel 2016, arXiv:1606.08415.
"""

from __future__ import annotations

import math

import torch
from torch import fx

from edgeattn_converters.arguments import source
from edgeattn_converters.passes.products import PRODUCTS, QUOTIENTS, Product, product_of, sum_of
from edgeattn_converters.program import Program, call, finish, shape, take_name

A = torch.ops.aten


def fuse_gelu(program: Program) -> Program:
    """Return a copy in which every GELU is one operator."""
    program = program.copy()
    # From the end, so that the whole product is seen before its parts.
    for node in reversed(list(program.graph.nodes)):
        if node.target not in PRODUCTS | QUOTIENTS:
            continue
        found = _gelu(program, node)
        if found is None or shape(found[0]) != shape(node):
            continue
        with program.graph.inserting_before(node):
            fused = call(node, A.gelu.default, found[0], approximate=found[1])
        take_name(fused, node)
        node.replace_all_uses_with(fused)
    return finish(program)


def _gelu(program: Program, node: fx.Node) -> tuple[fx.Node, str] | None:
    """Return x and the kind of approximation when `node` computes its GELU."""
    product = product_of(program, node)
    if len(product.factors) != 2:
        return None
    for x, gate in (product.factors, product.factors[::-1]):
        found = sum_of(program, gate)
        if found is None or found[1] != 1 or not product.of(0.5, x, gate):
            continue
        inner = found[0]
        if inner.target is A.erf.default:
            if product_of(program, source(inner)).of(math.sqrt(0.5), x):
                return x, "none"
        elif inner.target is A.tanh.default and _is_cubic(program, source(inner), x):
            return x, "tanh"
    return None


def _is_cubic(program: Program, node: fx.Node, x: fx.Node) -> bool:
    """Match sqrt(2 / pi) * (x + 0.044715 * x ** 3), also as x * (1 + 0.044715 * x ** 2)."""
    product = product_of(program, node)
    for total in product.factors:
        if total.target is not A.add.Tensor or total.kwargs:
            continue
        outside = Product(product.number, tuple(f for f in product.factors if f is not total))
        if outside.of(math.sqrt(2 / math.pi)):
            left, right = (product_of(program, part, outer=False) for part in total.args[:2])
            for plain, cubic in ((left, right), (right, left)):
                if plain.of(1, x) and cubic.of(0.044715, x, x, x):
                    return True
        if outside.of(math.sqrt(2 / math.pi), x):
            found = sum_of(program, total)
            if found and found[1] == 1 and product_of(program, found[0]).of(0.044715, x, x):
                return True
    return False
