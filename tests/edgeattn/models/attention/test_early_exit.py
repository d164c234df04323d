from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn.models.attention import EarlyExit, confident
from tests.edgeattn.models.attention.reference import array, dense, rounding, softmax


def linears(count: int = 3) -> EarlyExit:
    torch.manual_seed(0)
    return EarlyExit(
        [nn.Linear(6, 6) for _ in range(count)], [nn.Linear(6, 4) for _ in range(count)]
    )


def test_every_exit_equals_its_numpy_twin() -> None:
    model, x = linears(), torch.randn(5, 6)
    state, answers = array(x), []
    for stage, head in zip(model.stages, model.heads, strict=True):
        state = dense(stage, state)
        answers.append(dense(head, state))
    for exit, (found, expected) in enumerate(zip(model(x), answers, strict=True)):
        np.testing.assert_allclose(array(found), expected, atol=rounding(expected))
        np.testing.assert_allclose(array(model.until(exit)(x)), expected, atol=rounding(expected))


@pytest.mark.parametrize("exit", [0, 1])
def test_two_graphs_give_what_one_gives(exit: int) -> None:
    model, x = linears(), torch.randn(5, 6)
    logits, state = model.first(exit)(x)
    assert torch.equal(logits, model(x)[exit])
    assert torch.equal(model.rest(exit)(state), model(x)[-1])


def test_a_cut_model_leaves_out_what_it_does_not_run() -> None:
    model = linears()
    assert sum(w.numel() for w in model.until(0).parameters()) == 6 * 6 + 6 + 6 * 4 + 4


def test_confidence_is_the_largest_probability() -> None:
    logits = torch.randn(50, 4)
    largest = softmax(array(logits)).max(-1)
    assert confident(logits, 0.5).tolist() == (largest >= 0.5).tolist()
    assert 0 < sum(confident(logits, 0.5).tolist()) < 50


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_a_threshold_that_is_no_probability_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=f"the threshold is {threshold}; choose a probability"):
        confident(torch.zeros(1, 4), threshold)


@pytest.mark.parametrize("exit", [-1, 3])
@pytest.mark.parametrize("part", ["until", "first", "rest"])
def test_an_exit_that_does_not_exist_is_refused(part: str, exit: int) -> None:
    with pytest.raises(ValueError, match=f"exit {exit} of 3; count from 0"):
        getattr(linears(), part)(exit)


@pytest.mark.parametrize("part", ["first", "rest"])
def test_the_last_exit_has_no_rest(part: str) -> None:
    with pytest.raises(ValueError, match="behind exit 2, the last one, there is no rest"):
        getattr(linears(), part)(2)


@pytest.mark.parametrize(("stages", "heads"), [(0, 0), (2, 1)])
def test_stages_without_a_head_each_are_refused(stages: int, heads: int) -> None:
    with pytest.raises(ValueError, match=f"{stages} stages have {heads} heads; give one to each"):
        EarlyExit([nn.Linear(2, 2)] * stages, [nn.Linear(2, 2)] * heads)
