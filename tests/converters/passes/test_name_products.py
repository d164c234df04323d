from __future__ import annotations

import pytest
import torch

from edgeattn_converters.passes.name_products import name_products
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
X, WEIGHT, BIAS = normal(2, 4, 4), normal(4, 6), normal(6)


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        (lambda x: torch.bmm(x, x), {"matmul": 1}),
        (lambda x: torch.baddbmm(x, x, x), {"matmul": 1, "add": 1}),
        (lambda x: x @ WEIGHT, {"linear": 1}),
        (lambda x: torch.mm(x[0], WEIGHT), {"select": 1, "linear": 1}),
        (lambda x: torch.mm(x[0], x[1]), {"select": 2, "matmul": 1}),
        (lambda x: torch.addmm(BIAS, x[0], WEIGHT), {"select": 1, "linear": 1}),
        (lambda x: torch.addmm(x[1], x[0], x[0]), {"select": 3, "matmul": 1, "add": 1}),
    ],
)
def test_name_products_keeps_the_numbers(product, expected) -> None:
    result = rewrite_of(name_products, program_of(product, X), X, relative=ROUNDING)
    assert {**operators(result), "select": expected.get("select", 0)} == {"select": 0, **expected}


@pytest.mark.parametrize(
    "product",
    [
        lambda x: x @ x,
        lambda x: WEIGHT.T @ x,
        lambda x: x @ WEIGHT[:, 0],
        lambda x: torch.baddbmm(x, x, x, alpha=2),
        lambda x: torch.addmm(BIAS, x[0], WEIGHT, beta=0.5),
    ],
)
def test_name_products_leaves_other_products_alone(product) -> None:
    program = program_of(product, X)
    assert operators(rewrite_of(name_products, program, X, relative=0)) == operators(program)
