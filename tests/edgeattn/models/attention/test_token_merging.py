from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.models.attention import MergedAttention, MultiHeadAttention
from tests.edgeattn.models.attention.reference import (
    Array,
    array,
    inside_set,
    queries_keys_values,
)

TOLERANCE = 1e-5
"""Float32 sums and the 1e-6 beside squared lengths, on numbers around 1."""


def twin(
    attention: MergedAttention, x: Array, sizes: Array, kept: int, rest: Array
) -> tuple[Array, Array, Array]:
    """One image, pair by pair: the attention, the merged `rest`, the sizes [kept]."""
    mixed = inside_set(attention, x, np.log(sizes))
    _, k, _ = queries_keys_values(attention, x)
    keys = np.mean(k, axis=0)
    keys = keys / np.linalg.norm(keys, axis=-1, keepdims=True)
    even, odd = list(range(0, len(x), 2)), list(range(1, len(x), 2))
    partner = {a: max(odd, key=lambda b: keys[a] @ keys[b]) for a in even}
    going = sorted(even, key=lambda a: -keys[a] @ keys[partner[a]])[: len(x) - kept]
    staying = [a for a in even if a not in going]
    groups = [[a] for a in staying] + [[b] + [a for a in going if partner[a] == b] for b in odd]

    def merged(tokens: Array) -> Array:
        return np.stack([np.average(tokens[g], axis=0, weights=sizes[g]) for g in groups])

    return merged(mixed), merged(rest), np.array([sizes[g].sum() for g in groups])


@pytest.mark.parametrize(
    ("tokens", "keep", "kept"), [(8, 0.75, 6), (8, 0.5, 4), (8, 0.8, 7), (7, 0.6, 5), (7, 0.5, 4)]
)
def test_merged_attention_equals_its_numpy_twin(tokens: int, keep: float, kept: int) -> None:
    torch.manual_seed(0)
    attention = MergedAttention(8, heads=2, keep=keep)
    x, rest = torch.randn(2, tokens, 8), torch.randn(2, tokens, 3)
    sizes = torch.randint(1, 4, (2, tokens, 1)).float()
    found, merge = attention(x, sizes)
    for i in range(2):
        expected = twin(attention, array(x[i]), array(sizes[i, :, 0]), kept, array(rest[i]))
        got = found[i], merge(rest)[i], merge.sizes[i, :, 0]
        for one, wanted in zip(got, expected, strict=True):
            np.testing.assert_allclose(array(one), wanted, rtol=0, atol=TOLERANCE)


def test_an_odd_number_of_tokens_merges_too() -> None:
    torch.manual_seed(0)
    attention = MergedAttention(8, heads=2, keep=0.5)
    found, merge = attention(torch.randn(2, 7, 8))
    assert found.shape == (2, 4, 8)
    assert merge.sizes.sum(1).flatten().tolist() == [7, 7]


def test_equal_tokens_are_neither_lost_nor_counted_twice() -> None:
    """All pairs are equally alike, so every choice is a tie."""
    attention = MergedAttention(8, heads=2, keep=0.6)
    _, merge = attention(torch.ones(1, 10, 8))
    both = torch.cat([merge.stay, merge.go], dim=1)
    assert sorted(both.flatten().tolist()) == [0, 1, 2, 3, 4]
    assert merge.sizes.sum() == 10


def test_merging_nothing_is_attention() -> None:
    torch.manual_seed(0)
    trained = MultiHeadAttention(8, heads=2)
    attention = MergedAttention(8, heads=2, keep=1)
    attention.load_state_dict(trained.state_dict())
    x = torch.randn(2, 6, 8)
    found, merge = attention(x)
    torch.testing.assert_close(found, trained(x), rtol=0, atol=1e-6)
    assert torch.equal(merge(x), x)


def test_tokens_that_were_merged_weigh_more() -> None:
    """Two equal tokens get the attention of one that stands for two."""
    torch.manual_seed(0)
    attention = MergedAttention(8, heads=2, keep=1)
    x = torch.randn(1, 3, 8)
    twice = torch.cat([x, x[:, -1:]], dim=1)
    sizes = torch.tensor([1.0, 1.0, 2.0]).reshape(1, 3, 1)
    torch.testing.assert_close(
        attention(x, sizes)[0], attention(twice)[0][:, :3], rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("keep", [0.0, 0.49, 1.5, float("nan")])
def test_a_keep_rate_that_pairs_cannot_reach_is_refused(keep: float) -> None:
    with pytest.raises(ValueError, match=f"keep is {keep}; merging in pairs leaves between 0.5"):
        MergedAttention(8, heads=2, keep=keep)
