from __future__ import annotations

import pytest
import torch

from edgeattn.models.attention.heads import (
    attention_weights,
    join_heads,
    split_heads,
    width_of_head,
)


def test_joining_undoes_splitting() -> None:
    x = torch.randn(2, 5, 12)
    assert split_heads(x, 3).shape == (2, 3, 5, 4)
    assert torch.equal(join_heads(split_heads(x, 3)), x)


def test_the_weights_of_a_query_sum_to_one() -> None:
    weights = attention_weights(torch.randn(2, 3, 5, 4), torch.randn(2, 3, 7, 4))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 5), rtol=0, atol=1e-6)


def test_a_bias_of_minus_thirty_hides_a_key() -> None:
    bias = torch.zeros(1, 1, 1, 7)
    bias[..., 2] = -30
    weights = attention_weights(torch.randn(2, 3, 5, 4), torch.randn(2, 3, 7, 4), bias)
    assert weights[..., 2].max() < 1e-8


@pytest.mark.parametrize("heads", [-1, 0, 3])
def test_a_width_that_does_not_split_is_refused(heads: int) -> None:
    with pytest.raises(ValueError, match=f"width 8 does not split into {heads} heads; choose a"):
        width_of_head(8, heads)
