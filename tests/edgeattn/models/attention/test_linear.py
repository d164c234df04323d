from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.models.attention import LinearAttention
from tests.edgeattn.models.attention.reference import (
    Array,
    array,
    dense,
    queries_keys_values,
    rounding,
)


def twin(attention: LinearAttention, x: Array) -> Array:
    """One image, as the paper writes it: every pair of tokens has a score, ReLU(q) ReLU(k)."""
    mixed = []
    for q, k, v in zip(*queries_keys_values(attention, x), strict=True):
        scores = np.maximum(q, 0) @ np.maximum(k, 0).T  # [tokens, tokens]
        mixed.append(scores @ v / scores.sum(-1, keepdims=True))
    return dense(attention.out, np.concatenate(mixed, axis=-1))


def test_linear_attention_equals_its_numpy_twin() -> None:
    torch.manual_seed(0)
    attention = LinearAttention(16, heads=2)
    x = torch.randn(2, 9, 16)
    expected = np.stack([twin(attention, array(image)) for image in x])
    # The 1e-6 in both sums, of numbers around 0.1, is a relative 1e-5.
    np.testing.assert_allclose(array(attention(x)), expected, rtol=0, atol=1e-4)
    assert rounding(expected) < 1e-4


def test_a_query_that_the_relu_leaves_nothing_of_gets_zeros() -> None:
    torch.manual_seed(0)
    attention = LinearAttention(8, heads=1)
    with torch.no_grad():
        attention.qkv.weight[:8], attention.qkv.bias[:8] = 0, -1  # Q is -1 everywhere
        attention.out.bias.zero_()
    assert torch.equal(attention(torch.randn(1, 4, 8)), torch.zeros(1, 4, 8))


def test_a_bias_on_scores_that_do_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="linear attention has no scores to add a bias to"):
        LinearAttention(8, heads=2)(torch.zeros(1, 4, 8), torch.zeros(4, 4))


def test_a_width_that_does_not_split_into_heads_is_refused() -> None:
    with pytest.raises(ValueError, match="width 8 does not split into 3 heads"):
        LinearAttention(8, heads=3)
