from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import CannotConvert
from tests.converters.tflite.files import both, program_of


def both_parts(x):
    values, places = x.topk(2)
    return values + places.to(torch.float32)


RANKINGS = {
    "topk": lambda x: x.topk(3).values,
    "places of topk": lambda x: x.topk(3).indices,
    "smallest": lambda x: x.topk(3, largest=False).values,
    "places of the smallest": lambda x: x.topk(3, largest=False).indices,
    "sort": lambda x: x.sort().values,
    "places of a sort": lambda x: x.sort().indices,
    "largest first": lambda x: x.sort(descending=True).values,
    "both parts": both_parts,
    "argmax": lambda x: x.argmax(-1),
    "argmax of an inner axis": lambda x: x.argmax(1),
    "argmax that keeps its axis": lambda x: x.argmax(1, keepdim=True),
}


@pytest.mark.parametrize("kind", RANKINGS)
def test_a_ranking_keeps_the_numbers(kind):
    x = torch.randn(2, 5, 7)
    expected, file = both(RANKINGS[kind], x)
    assert file(x).dtype == expected.dtype
    np.testing.assert_array_equal(file(x), expected)


def test_whole_numbers_are_sorted_too():
    x = torch.tensor([[3, -1, 7, 0]])
    expected, file = both(lambda x: x.sort().values, x)
    np.testing.assert_array_equal(file(x), expected)


def test_of_equal_numbers_the_earlier_one_comes_first():
    x = torch.tensor([[1.0, 2.0, 2.0, 1.0]])
    _, file = both(lambda x: x.topk(4).indices, x)
    assert file(x).tolist() == [[1, 2, 0, 3]]


def test_a_ranking_is_one_operator_that_old_interpreters_know():
    _, file = both(lambda x: x.topk(2).indices, torch.randn(1, 4))
    assert file.operators["TOPK_V2:FLOAT32"] == 1
    assert file.versions["TOPK_V2"] == 1


REFUSED = {
    "ranks along an inner axis": lambda x: x.topk(2, dim=1).values,
    "looks for the largest of all numbers": lambda x: x.argmax(),
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_tflite_cannot_rank_is_refused(words):
    with pytest.raises(CannotConvert, match=words):
        lower(program_of(REFUSED[words], torch.randn(1, 4, 6)))
