from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from edgeattn.models.attention import AdditiveAttention
from edgeattn.models.attention.additive import unit_length
from tests.edgeattn.models.attention.reference import Array, array, dense


def twin(attention: AdditiveAttention, x: Array) -> Array:
    """One image, as SwiftFormer's authors write it."""
    q, k = dense(attention.query, x), dense(attention.key, x)
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    k = k / np.linalg.norm(k, axis=-1, keepdims=True)
    weights = q @ array(attention.score) * attention.scale  # [tokens, 1]
    weights = weights / np.linalg.norm(weights)
    query = (weights * q).sum(0)
    return dense(attention.out, dense(attention.mix, query * k) + q)


def test_additive_attention_equals_its_numpy_twin() -> None:
    torch.manual_seed(0)
    attention = AdditiveAttention(12)
    x = torch.randn(2, 7, 12)
    expected = np.stack([twin(attention, array(image)) for image in x])
    # 1e-6 beside squared lengths around 0.1 is a relative 1e-5, twice.
    np.testing.assert_allclose(array(attention(x)), expected, rtol=0, atol=5e-5)


def test_unit_length_is_what_normalize_gives() -> None:
    x = torch.randn(3, 4, 5)
    torch.testing.assert_close(
        unit_length(x, 1), functional.normalize(x, dim=1), rtol=1e-5, atol=1e-6
    )


def test_zeros_have_no_direction_and_no_length() -> None:
    assert torch.equal(unit_length(torch.zeros(2, 3), -1), torch.zeros(2, 3))
