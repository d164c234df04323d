"""Put activations that gate themselves back together.

x * sigmoid(x)                                -> silu(x)
x * hardsigmoid(x), x * relu6(x + 3) / 6      -> hardswish(x)
relu6(x + 3) / 6                              -> hardsigmoid(x)

One operator reads and writes the numbers once, and is a table in int8. Exact but for float
rounding. Sources: Elfwing et al. 2017, arXiv:1702.03118; Howard et al. 2019, arXiv:1905.02244.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.passes.products import PRODUCTS, QUOTIENTS, product_of, sum_of
from edgeattn_converters.program import Program, call, finish, shape, take_name

A = torch.ops.aten

GATES: dict[object, Callable[..., Any]] = {
    A.sigmoid.default: A.silu.default,
    A.hardsigmoid.default: A.hardswish.default,
}


def fuse_gates(program: Program) -> Program:
    """Return a copy in which SiLU, Hardswish and Hardsigmoid are one operator each."""
    program = program.copy()
    # From the end, so that the whole product is seen before its parts.
    for node in reversed(list(program.graph.nodes)):
        if node.target not in PRODUCTS | QUOTIENTS:
            continue
        found = _activation(program, node)
        if found is None or shape(found[0]) != shape(node):
            continue
        with program.graph.inserting_before(node):
            fused = call(node, found[1], found[0])
        take_name(fused, node)
        node.replace_all_uses_with(fused)
    return finish(program)


def _activation(program: Program, node: fx.Node) -> tuple[fx.Node, Callable[..., Any]] | None:
    """Return x and its activation when `node` computes one."""
    product = product_of(program, node)
    if len(product.factors) == 1:
        (gate,) = product.factors
        x = _ramp(program, gate)
        return (x, A.hardsigmoid.default) if x is not None and product.of(1 / 6, gate) else None
    if len(product.factors) != 2:
        return None
    for x, gate in (product.factors, product.factors[::-1]):
        if gate.target in GATES and source(gate) is x and product.of(1, x, gate):
            return x, GATES[gate.target]
        if _ramp(program, gate) is x and product.of(1 / 6, x, gate):
            return x, A.hardswish.default
    return None


def _ramp(program: Program, node: fx.Node) -> fx.Node | None:
    """Return x when `node` is x + 3 cut off below 0 and above 6, else None."""
    if node.target is A.hardtanh.default:
        given = arguments(node)
        cut = given["min_val"] == 0 and given["max_val"] == 6
    elif node.target is A.clamp.default:
        given = arguments(node)
        cut = given["min"] == 0 and given["max"] == 6
    else:
        cut = node.target is A.relu6.default
    found = sum_of(program, source(node)) if cut else None
    return found[0] if found is not None and found[1] == 3 else None
