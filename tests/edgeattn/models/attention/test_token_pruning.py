from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.models.attention import MultiHeadAttention, PrunedAttention
from tests.edgeattn.models.attention.reference import (
    Array,
    array,
    inside_set,
    queries_keys_values,
    rounding,
    weights_of,
)


def twin(attention: PrunedAttention, x: Array, kept: int) -> tuple[Array, list[int]]:
    """One image: the tokens that the others look at most, and where they stood."""
    q, k, _ = queries_keys_values(attention, x)
    received = sum(weights_of(a, b).sum(0) for a, b in zip(q, k, strict=True))
    places = sorted(sorted(range(len(x)), key=lambda place: -received[place])[:kept])
    return inside_set(attention, x)[places], places


@pytest.mark.parametrize(("keep", "kept"), [(0.5, 5), (0.3, 3), (0.01, 1), (1, 9)])
def test_pruned_attention_equals_its_numpy_twin(keep: float, kept: int) -> None:
    torch.manual_seed(0)
    attention = PrunedAttention(8, heads=2, keep=keep)
    x = torch.randn(2, 9, 8)
    found, places = attention(x)
    for image, tokens, where in zip(x, found, places, strict=True):
        expected, expected_places = twin(attention, array(image), kept)
        assert where.tolist() == expected_places
        np.testing.assert_allclose(array(tokens), expected, atol=rounding(expected))


def test_weights_of_trained_attention_can_be_pruned_as_they_are() -> None:
    torch.manual_seed(0)
    trained = MultiHeadAttention(8, heads=2)
    pruned = PrunedAttention(8, heads=2, keep=1.0)
    pruned.load_state_dict(trained.state_dict())
    x = torch.randn(2, 6, 8)
    torch.testing.assert_close(pruned(x)[0], trained(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("keep", [-0.5, 0.0, 1.01, float("nan")])
def test_a_keep_rate_that_keeps_nothing_or_more_than_all_is_refused(keep: float) -> None:
    with pytest.raises(ValueError, match=f"keep is {keep}; choose a share of the tokens above 0"):
        PrunedAttention(8, heads=2, keep=keep)
