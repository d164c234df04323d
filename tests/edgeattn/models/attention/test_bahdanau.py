from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.models.attention import BahdanauAttention
from tests.edgeattn.models.attention.reference import Array, array, dense, rounding, softmax


def twin(attention: BahdanauAttention, queries: Array, memory: Array) -> Array:
    """One sequence, query by query."""
    found = []
    for query in queries:
        hidden = np.tanh(dense(attention.query, query) + dense(attention.key, memory))
        found.append(softmax(dense(attention.score, hidden)[:, 0]) @ memory)
    return np.stack(found)


def test_bahdanau_attention_equals_its_numpy_twin() -> None:
    torch.manual_seed(0)
    attention = BahdanauAttention(12, hidden=5, query_width=6)
    queries, memory = torch.randn(2, 3, 6), torch.randn(2, 7, 12)
    expected = np.stack(
        [twin(attention, array(q), array(m)) for q, m in zip(queries, memory, strict=True)]
    )
    found = array(attention(queries, memory))
    np.testing.assert_allclose(found, expected, atol=rounding(expected))


def test_a_query_is_as_wide_as_the_memory_unless_said_otherwise() -> None:
    attention = BahdanauAttention(12, hidden=5)
    assert attention(torch.zeros(1, 1, 12), torch.zeros(1, 4, 12)).shape == (1, 1, 12)


def test_a_score_without_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="a score of 0 hidden channels says nothing"):
        BahdanauAttention(12, hidden=0)
