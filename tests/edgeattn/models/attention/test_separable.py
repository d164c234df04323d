from __future__ import annotations

import numpy as np
import torch

from edgeattn.models.attention import SeparableAttention
from tests.edgeattn.models.attention.reference import Array, array, dense, rounding, softmax


def twin(attention: SeparableAttention, x: Array) -> Array:
    """One image."""
    weights = softmax(dense(attention.score, x)[:, 0])  # [tokens]
    keys, values = np.split(dense(attention.key_value, x), 2, axis=-1)
    context = sum(weight * key for weight, key in zip(weights, keys, strict=True))
    return dense(attention.out, np.maximum(values, 0) * context)


def test_separable_attention_equals_its_numpy_twin() -> None:
    torch.manual_seed(0)
    attention = SeparableAttention(12)
    x = torch.randn(2, 7, 12)
    expected = np.stack([twin(attention, array(image)) for image in x])
    np.testing.assert_allclose(array(attention(x)), expected, atol=rounding(expected))


def test_separable_attention_does_not_care_for_the_order_of_the_others() -> None:
    torch.manual_seed(0)
    attention = SeparableAttention(12)
    x = torch.randn(1, 7, 12)
    order = torch.randperm(7)
    torch.testing.assert_close(attention(x)[:, order], attention(x[:, order]), rtol=0, atol=1e-6)
