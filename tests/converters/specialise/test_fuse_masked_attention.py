from __future__ import annotations

import pytest
import torch
from torch import Tensor, fx

from edgeattn_converters.operators import E
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.program import Program, constant, shape
from edgeattn_converters.specialise.fuse_masked_attention import fuse_masked_attention
from tests.converters.programs import normal
from tests.converters.rewriting import program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
X = normal(4, 2, 6, 8)  # [windows, heads, tokens, width]
POSITIONS, REGIONS = normal(1, 2, 6, 6), normal(1, 2, 1, 6, 6)


def cores_of(attend, x: Tensor = X) -> tuple[Program, list[fx.Node]]:
    program = rewrite_of(
        fuse_masked_attention, apply_passes(program_of(attend, x)), x, relative=ROUNDING
    )
    return program, list(
        program.graph.find_nodes(op="call_function", target=E.multi_head_attention.default)
    )


def scores(x: Tensor) -> Tensor:
    return x @ (x + 1).transpose(-1, -2)


def windows(scores: Tensor, mask: Tensor) -> Tensor:
    return (scores.view(2, 2, 2, 6, 6) + mask).view(4, 2, 6, 6)


@pytest.mark.parametrize(
    ("bias", "wanted"),
    [
        (lambda x: x[:, :1, :1, :6], (4, 1, 1, 6)),
        (lambda x: x[:1, :, :, :1], (1, 2, 6, 1)),
        (lambda x: x[0, 0, :, :6], (1, 1, 6, 6)),
        (lambda x: POSITIONS, (1, 2, 6, 6)),
        (lambda x: POSITIONS[0, 0, 0], (1, 1, 1, 6)),
    ],
    ids=["padding", "a bias of tokens", "one for all heads", "positions", "a constant of keys"],
)
def test_a_bias_is_taken_as_it_broadcasts(bias, wanted) -> None:
    _, [core] = cores_of(lambda x: (scores(x) + bias(x)).softmax(-1) @ x)
    assert shape(core.args[3]) == wanted


@pytest.mark.parametrize(
    ("add", "wanted"),
    [
        (lambda s: windows(s + POSITIONS, REGIONS), (4, 2, 6, 6)),
        (lambda s: windows(s, REGIONS), (4, 1, 6, 6)),
        (lambda s: windows(s * 0.5 + POSITIONS, REGIONS[:, :1]), (1, 2, 6, 6)),
        (lambda s: s + POSITIONS + POSITIONS[:, :1], (1, 2, 6, 6)),
    ],
    ids=["positions and regions", "regions", "equal windows", "two of one shape"],
)
def test_constants_added_to_the_scores_become_one(add, wanted) -> None:
    program, [core] = cores_of(lambda x: add(scores(x)).softmax(-1) @ x)
    assert constant(program, core.args[3]).shape == wanted


@pytest.mark.parametrize(
    "add",
    [
        lambda s, x: windows(s, x[:2, None, :1, :6, :6]),
        lambda s, x: (windows(s, REGIONS) * 0.5),
        lambda s, x: (s.view(2, 4, 6, 6) + POSITIONS[:, :1]).view(4, 2, 6, 6).transpose(0, 1)
        .reshape(4, 2, 6, 6),
    ],
    ids=["computed on five axes", "multiplied afterwards", "moved"],
)  # fmt: skip
def test_what_is_no_sum_of_constants_stays_apart(add) -> None:
    _, cores = cores_of(lambda x: add(scores(x), x).softmax(-1) @ x)
    assert cores == []


def test_scores_that_others_read_stay() -> None:
    def attend(x: Tensor) -> Tensor:
        summed = scores(x) + POSITIONS
        return windows(summed, REGIONS).softmax(-1) @ x + summed.sum()

    assert cores_of(attend)[1] == []


def test_the_bias_of_a_core_is_no_larger_than_its_scores_need() -> None:
    even = torch.full((1, 2, 1, 6, 6), 0.25)
    program, [core] = cores_of(lambda x: windows(scores(x), even).softmax(-1) @ x)
    assert constant(program, core.args[3]).shape == (1, 1, 1, 1)
