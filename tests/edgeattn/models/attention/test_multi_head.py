from __future__ import annotations

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from edgeattn.models.attention import MultiHeadAttention


def test_attention_equals_the_one_in_pytorch() -> None:
    torch.manual_seed(0)
    attention = MultiHeadAttention(12, heads=3)
    x = torch.randn(2, 5, 12)
    q, k, v = (
        part.reshape(2, 5, 3, 4).permute(0, 2, 1, 3) for part in attention.qkv(x).split(12, dim=-1)
    )
    mixed = scaled_dot_product_attention(q, k, v).permute(0, 2, 1, 3).reshape(2, 5, 12)
    # float32 sums in another order: a few units in the last place of values around 1
    torch.testing.assert_close(attention(x), attention.out(mixed), rtol=0, atol=2e-6)


def test_attention_does_not_mix_the_images_of_a_batch() -> None:
    torch.manual_seed(0)
    attention = MultiHeadAttention(8, heads=2)
    x = torch.randn(2, 4, 8)
    changed = x.clone()
    changed[1] += 1
    assert torch.equal(attention(x)[0], attention(changed)[0])
    assert not torch.equal(attention(x)[1], attention(changed)[1])


@pytest.mark.parametrize("heads", [0, 3])
def test_a_width_that_does_not_split_into_heads_is_refused(heads: int) -> None:
    with pytest.raises(ValueError, match=f"width 8 does not split into {heads} heads"):
        MultiHeadAttention(8, heads=heads)
