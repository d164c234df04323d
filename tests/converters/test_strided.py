from __future__ import annotations

import random

import pytest
import torch
from torch import Tensor

from edgeattn_converters.strided import Plan, index_tensor, plan


def test_index_tensor_holds_its_own_addresses() -> None:
    assert index_tensor((2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("root", "chain", "expected"),
    [
        ((2, 3), lambda x: x, Plan((), None, None, None)),
        ((2, 3), lambda x: x.T, Plan((), None, (1, 0), None)),
        ((2, 3), lambda x: x.reshape(3, 2), Plan((), None, None, (3, 2))),
        ((4, 3), lambda x: x[1:3], Plan(((0, 1, 3),), None, None, None)),
        ((4, 3), lambda x: x[1], Plan(((0, 1, 2),), None, None, (3,))),
        ((1, 6, 8), lambda x: x.reshape(1, 6, 2, 4).transpose(1, 2),
         Plan((), (1, 6, 2, 4), (0, 2, 1, 3), None)),
        # Windows of 2 x 2: a row of a window moves as one run, so that rank 4 is enough.
        ((1, 6, 4, 5), lambda x: x.reshape(1, 3, 2, 2, 2, 5).transpose(2, 3).reshape(6, 4, 5),
         Plan((), (3, 2, 2, 10), (0, 2, 1, 3), (6, 4, 5))),
        ((2, 3, 4), lambda x: x.permute(2, 0, 1).reshape(4, 6), Plan((), None, (2, 0, 1), (4, 6))),
    ],
)  # fmt: skip
def test_a_chain_has_its_shortest_plan(root, chain, expected: Plan) -> None:
    found = plan(root, chain(index_tensor(root)))
    assert found == expected
    assert found.steps == sum(
        [
            len(expected.slices),
            *(s is not None for s in (expected.reshape, expected.permute, expected.merge)),
        ]
    )


@pytest.mark.parametrize(
    "chain",
    [
        lambda x: x.flip(0),
        lambda x: x.roll(1, 1),
        lambda x: x[:, [0, 2]],
        lambda x: x[:1].expand(4, 6),
        lambda x: x[:, ::2],
        lambda x: x[:0],
    ],
    ids=["flip", "roll", "gather", "broadcast", "strides", "nothing"],
)
def test_what_is_no_view_of_a_box_has_no_plan(chain) -> None:
    assert plan((4, 6), chain(index_tensor((4, 6)))) is None


def test_a_plan_runs_on_any_tensor() -> None:
    x = torch.randn(2, 6, 8)
    leaf = index_tensor(x.shape)[:, 1:5].reshape(2, 4, 2, 4).permute(0, 2, 1, 3)
    found = plan(x.shape, leaf)
    assert found is not None
    assert torch.equal(found.apply(x), x[:, 1:5].reshape(2, 4, 2, 4).permute(0, 2, 1, 3))


def random_step(x: Tensor, choose: random.Random) -> tuple[Tensor, int, str]:
    """Apply a random view; return it, how many of slice, reshape and permute it takes, its kind."""
    kind = choose.choice(["reshape", "permute", "slice", "select", "same"])
    if kind == "reshape":
        numbers = [n for length in x.shape for n in prime_factors(length)]
        choose.shuffle(numbers)
        return x.reshape(merged(numbers, choose)), 1, kind
    if kind == "permute" and x.ndim > 1:
        return x.permute(choose.sample(range(x.ndim), x.ndim)), 1, kind
    wide = [axis for axis in range(x.ndim) if x.shape[axis] > 1]
    if kind in ("slice", "select") and wide and x.ndim > 1:
        axis = choose.choice(wide)
        if kind == "select":
            return x.select(axis, choose.randrange(x.shape[axis])), 2, kind
        start = choose.randrange(x.shape[axis] - 1)
        end = choose.randrange(start + 1, x.shape[axis] + 1)
        return x.narrow(axis, start, end - start), int(end - start < x.shape[axis]), kind
    return x, 0, kind


def prime_factors(number: int) -> list[int]:
    for factor in range(2, number + 1):
        if number % factor == 0:
            return [factor, *prime_factors(number // factor)]
    return []


def merged(numbers: list[int], choose: random.Random) -> list[int]:
    """Multiply neighbours at random, and put in axes of length one."""
    shape = [1]
    for number in numbers:
        if choose.random() < 0.5:
            shape.append(1)
        shape[-1] *= number
    return shape


@pytest.mark.parametrize("seed", range(20))
def test_a_plan_of_a_random_chain_is_exact_and_never_longer_than_the_chain(seed: int) -> None:
    choose = random.Random(seed)
    planned = 0
    for _ in range(100):
        root = tuple(choose.choice([1, 2, 3, 4, 6]) for _ in range(choose.randint(1, 4)))
        leaf, steps, sliced_late = index_tensor(root), 0, False
        for _ in range(choose.randint(1, 5)):
            before = steps
            leaf, more, kind = random_step(leaf, choose)
            sliced_late |= bool(more) and before > 0 and kind in ("slice", "select")
            steps += more
        found = plan(root, leaf)
        if found is not None:
            planned += 1
            assert torch.equal(found.apply(index_tensor(root)), leaf)
            # A plan slices first; a chain that slices later may get by with fewer slices.
            assert sliced_late or found.steps <= steps, (root, leaf.shape, steps, found)
    assert planned > 50
