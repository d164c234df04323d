"""Put a GELU back together.

    x * 0.5 * (1 + erf(x / sqrt(2)))                                 ->  gelu(x)
    x * 0.5 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))     ->  gelu(x, "tanh")

Exporters write the products in any order, so they are compared as a set of factors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program
from torch import fx

MOST_FACTORS = 8  # x * x * x * number and some to spare


@dataclass(frozen=True)
class _Product:
    """A product taken apart: number * factor * factor ..."""

    number: float
    factors: tuple[fx.Node, ...]


def fuse_gelu(module: fx.GraphModule) -> None:
    """Rewrite the graph where the nodes of a GELU stand; others stay as they were."""
    graph = module.graph
    # From the end, so that the whole product is seen before its parts.
    for node in reversed(list(graph.nodes)):
        found = _gelu(node)
        if found is None:
            continue
        x, kind = found
        with graph.inserting_before(node):
            fused = graph.call_function(F.gelu, (x,), {"approximate": kind})
        fused.meta = dict(node.meta)
        node.replace_all_uses_with(fused)
    graph.eliminate_dead_code()


def _gelu(node: fx.Node) -> tuple[fx.Node, str] | None:
    """Return x and the kind of approximation when `node` computes its GELU."""
    if node.target not in (torch.mul, torch.div):
        return None
    product = _product(node)
    if not math.isclose(product.number, 0.5, rel_tol=1e-6) or len(product.factors) != 2:
        return None
    for x, gate in (product.factors, product.factors[::-1]):
        if gate.target is not torch.add or gate.args[1] != 1:
            continue
        inner = gate.args[0]
        if not isinstance(inner, fx.Node):
            continue
        if inner.target is torch.erf and _is_multiple(inner.args[0], math.sqrt(0.5), x):
            return x, "none"
        if inner.target is torch.tanh and _is_cubic(inner.args[0], x):
            return x, "tanh"
    return None


def _product(node: object, outer: bool = True) -> _Product:
    """Take multiplications, divisions by numbers and whole powers apart, as far as they go."""
    if not isinstance(node, fx.Node) or not (outer or len(node.users) == 1):
        return _leaf(node)
    left, right = node.args[0] if node.args else None, node.args[1] if len(node.args) > 1 else None
    number = float(right) if isinstance(right, (int, float)) else None
    if node.target is torch.mul:
        one = _product(left, outer=False)
        other = _Product(number, ()) if number is not None else _product(right, outer=False)
        both = _Product(one.number * other.number, one.factors + other.factors)
    elif node.target is torch.div and number:
        one = _product(left, outer=False)
        both = _Product(one.number / number, one.factors)
    elif node.target is torch.pow and number in (2.0, 3.0):
        one = _product(left, outer=False)
        both = _Product(one.number**number, one.factors * int(number))
    else:
        return _leaf(node)
    return both if len(both.factors) <= MOST_FACTORS else _leaf(node)


def _leaf(node: object) -> _Product:
    return _Product(1.0, (node,)) if isinstance(node, fx.Node) else _Product(math.nan, ())


def _is_multiple(node: object, number: float, x: fx.Node) -> bool:
    product = _product(node)
    return math.isclose(product.number, number, rel_tol=1e-5) and product.factors == (x,)


def _is_cubic(node: object, x: fx.Node) -> bool:
    """Match sqrt(2 / pi) * (x + 0.044715 * x ** 3), also with x taken out of the sum."""
    product = _product(node)
    if not math.isclose(product.number, math.sqrt(2 / math.pi), rel_tol=1e-5):
        return False
    sums = [factor for factor in product.factors if factor.target is torch.add]
    outside = [factor for factor in product.factors if factor not in sums]
    if len(sums) != 1 or any(factor is not x for factor in outside) or len(outside) > 1:
        return False
    for first, second in (sums[0].args[:2], sums[0].args[1::-1]):
        cubic = _product(second) if isinstance(second, fx.Node) else None
        if cubic is None or not math.isclose(cubic.number, 0.044715, rel_tol=1e-4):
            continue
        plain = first == 1 if outside else first is x
        if plain and cubic.factors == (x,) * (2 if outside else 3):
            return True
    return False
