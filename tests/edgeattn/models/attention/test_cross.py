from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.models.attention import CrossAttention
from tests.edgeattn.models.attention.reference import (
    Array,
    array,
    dense,
    heads_of,
    rounding,
    weights_of,
)


def twin(attention: CrossAttention, x: Array, memory: Array, bias: Array) -> Array:
    """One image; bias is [tokens, memory tokens]."""
    key, value = np.split(dense(attention.key_value, memory), 2, axis=-1)
    q, k, v = (heads_of(part, attention.heads) for part in (dense(attention.query, x), key, value))
    mixed = [weights_of(a, b, bias) @ c for a, b, c in zip(q, k, v, strict=True)]
    return dense(attention.out, np.concatenate(mixed, axis=-1))


def test_cross_attention_equals_its_numpy_twin() -> None:
    torch.manual_seed(0)
    attention = CrossAttention(12, heads=3, memory_width=8)
    x, memory, bias = torch.randn(2, 5, 12), torch.randn(2, 9, 8), torch.randn(5, 9)
    expected = np.stack(
        [twin(attention, array(a), array(b), array(bias)) for a, b in zip(x, memory, strict=True)]
    )
    np.testing.assert_allclose(array(attention(x, memory, bias)), expected, atol=rounding(expected))


def test_the_memory_is_as_wide_as_the_tokens_unless_said_otherwise() -> None:
    attention = CrossAttention(12, heads=3)
    assert attention(torch.zeros(1, 2, 12), torch.zeros(1, 4, 12)).shape == (1, 2, 12)


def test_hidden_memory_does_not_matter() -> None:
    torch.manual_seed(0)
    attention = CrossAttention(8, heads=2)
    x, memory = torch.randn(1, 3, 8), torch.randn(1, 4, 8)
    hidden = torch.tensor([0.0, 0.0, -30.0, -30.0])
    # exp(-30) is 1e-13: nothing that float32 could show beside 1
    torch.testing.assert_close(
        attention(x, memory, hidden), attention(x, memory[:, :2]), rtol=0, atol=1e-6
    )


def test_a_width_that_does_not_split_into_heads_is_refused() -> None:
    with pytest.raises(ValueError, match="width 8 does not split into 3 heads"):
        CrossAttention(8, heads=3)
