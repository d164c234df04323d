"""Take a product apart: x * 0.5 * (1 + y) / 3 -> 0.5 / 3 times x times (1 + y).

People write the factors of an activation in any order; as a number and a set of factors, all
orders look the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import Program, constant, is_constant

A = torch.ops.aten

PRODUCTS = frozenset({A.mul.Tensor, A.mul.Scalar})
QUOTIENTS = frozenset({A.div.Tensor, A.div.Scalar})
SUMS = frozenset({A.add.Tensor, A.add.Scalar})

MOST_FACTORS = 8  # x * x * x * number and some to spare


@dataclass(frozen=True)
class Product:
    """number * factor * factor ..."""

    number: float
    factors: tuple[fx.Node, ...]

    def of(self, number: float, *factors: fx.Node) -> bool:
        """Tell whether it is this number times these factors, in any order.

        The number within 1e-5 of itself: float32 keeps 1e-7, and people write 0.7978845608.
        """
        return math.isclose(self.number, number, rel_tol=1e-5) and (
            sorted(self.factors) == sorted(factors)
        )


def number_of(program: Program, value: object) -> float | None:
    """Return the number that an argument is, also as a constant of one element; else None."""
    if is_constant(value) and constant(program, value).numel() == 1:
        value = constant(program, value).item()
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]


def product_of(program: Program, node: object, *, outer: bool = True) -> Product:
    """Return the factors of a node; those that others read too stay whole."""
    if not isinstance(node, fx.Node):
        return Product(math.nan, ())
    whole = Product(1.0, (node,))
    if not outer and len(node.users) != 1:
        return whole
    if node.target in PRODUCTS:
        parts = [_part(program, arg) for arg in node.args[:2]]
        both = Product(parts[0].number * parts[1].number, parts[0].factors + parts[1].factors)
    elif node.target in QUOTIENTS and arguments(node).get("rounding_mode") is None:
        below = number_of(program, node.args[1])
        if not below:
            return whole
        above = _part(program, node.args[0])
        both = Product(above.number / below, above.factors)
    elif (power := _power(node)) is not None:
        base = _part(program, node.args[0])
        both = Product(base.number**power, base.factors * power)
    else:
        return whole
    return both if len(both.factors) <= MOST_FACTORS else whole


def _power(node: fx.Node) -> int | None:
    if node.target is A.square.default:
        return 2
    whole = (power for power in (2, 3) if node.args[1] == power)
    return next(whole, None) if node.target is A.pow.Tensor_Scalar else None


def _part(program: Program, value: object) -> Product:
    number = number_of(program, value)
    return product_of(program, value, outer=False) if number is None else Product(number, ())


def sum_of(program: Program, node: object) -> tuple[fx.Node, float] | None:
    """Return x and the number of x + number, in either order, or None."""
    if not isinstance(node, fx.Node) or node.target not in SUMS or node.kwargs:
        return None
    for x, value in (node.args[:2], node.args[1::-1]):
        number = number_of(program, value)
        if isinstance(x, fx.Node) and number is not None:
            return x, number
    return None
