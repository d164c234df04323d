from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from edgeattn.models.attention import MultiHeadAttention
from tests.edgeattn.models.attention.reference import array, inside_set, rounding


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


@pytest.mark.parametrize("head_width", [None, 5])
def test_attention_equals_its_numpy_twin(head_width: int | None) -> None:
    torch.manual_seed(0)
    attention = MultiHeadAttention(12, heads=3, head_width=head_width)
    x, bias = torch.randn(2, 7, 12), torch.randn(3, 7, 7)
    expected = np.stack([inside_set(attention, array(image), array(bias)) for image in x])
    np.testing.assert_allclose(array(attention(x, bias)), expected, atol=rounding(expected))


def test_pruned_heads_may_be_narrower_than_the_width_says() -> None:
    attention = MultiHeadAttention(12, heads=2, head_width=5)
    assert attention.qkv.weight.shape == (30, 12)
    assert attention.out.weight.shape == (12, 10)


@pytest.mark.parametrize(("heads", "head_width"), [(0, 4), (2, 0)])
def test_attention_without_a_head_is_refused(heads: int, head_width: int) -> None:
    with pytest.raises(ValueError, match=f"{heads} heads of {head_width} channels"):
        MultiHeadAttention(12, heads=heads, head_width=head_width)
