from __future__ import annotations

import pytest
import torch

from edgeattn_converters.passes.drop_identities import drop_identities
from edgeattn_converters.passes.products import number_of, product_of, sum_of
from tests.converters.programs import normal
from tests.converters.rewriting import program_of

X = normal(2, 3)


def taken_apart(function):
    """Return the Program of a function of x, x, and the node that it returns."""
    program = drop_identities(program_of(function, X))
    (x,) = program.graph.find_nodes(op="placeholder")[:1]
    (result,) = program.graph.output_node().args[0]
    return program, x, result


@pytest.mark.parametrize(
    ("function", "number", "power"),
    [
        (lambda x: 0.5 * x * x, 0.5, 2),
        (lambda x: x * (x * (x * 0.25)), 0.25, 3),
        (lambda x: x / 4 * 3, 0.75, 1),
        (lambda x: x.square() * 3, 3, 2),
        (lambda x: (2 * x) ** 3, 8, 3),
        (lambda x: x.pow(2.0) / torch.tensor([4.0]), 0.25, 2),
    ],
)
def test_a_product_is_a_number_and_factors_in_any_order(function, number, power) -> None:
    program, x, result = taken_apart(function)
    assert product_of(program, result).of(number, *[x] * power)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + x,
        lambda x: 1 / x,
        lambda x: x**0.5,
        lambda x: torch.div(x, 2, rounding_mode="floor"),
        lambda x: x**3 * x**3 * x**3,
    ],
    ids=["sum", "reciprocal", "root", "rounded quotient", "too many factors"],
)
def test_what_is_no_product_is_a_factor_itself(function) -> None:
    program, _, result = taken_apart(function)
    assert product_of(program, result).of(1, result)


def test_what_others_read_too_stays_whole() -> None:
    program, _, result = taken_apart(lambda x: (y := x * 2) * y.relu())
    assert product_of(program, result).number == 1


def test_a_product_of_other_numbers_or_factors_is_told_apart() -> None:
    program, x, result = taken_apart(lambda x: 0.5 * x)
    product = product_of(program, result)
    assert not product.of(0.51, x)
    assert not product.of(0.5, x, x)


def test_a_number_is_one_and_a_boolean_is_none() -> None:
    program, x, _ = taken_apart(lambda x: x)
    assert number_of(program, 3) == 3
    assert number_of(program, True) is None
    assert number_of(program, x) is None


def test_a_sum_has_its_number_on_either_side() -> None:
    for function in (lambda x: x + 3, lambda x: 3 + x, lambda x: torch.tensor(3.0) + x):
        program, x, result = taken_apart(function)
        assert sum_of(program, result) == (x, 3)


def test_other_sums_are_none() -> None:
    for function in (lambda x: x + x, lambda x: x - 3, lambda x: torch.add(x, 3, alpha=2)):
        program, _, result = taken_apart(function)
        assert sum_of(program, result) is None
