from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.models.attention import BlockSparseAttention, MultiHeadAttention
from tests.edgeattn.models.attention.reference import Array, array, inside_set, rounding


def twin(attention: BlockSparseAttention, x: Array) -> Array:
    """One sequence: full attention in which tokens of far blocks are hidden."""
    block = np.arange(len(x)) // attention.block
    far = np.abs(block[:, None] - block[None, :]) > attention.neighbours
    return inside_set(attention, x, np.where(far, -np.inf, 0.0))


@pytest.mark.parametrize(("block", "neighbours"), [(3, 1), (2, 2), (4, 0), (4, 1), (1, 1)])
def test_block_sparse_attention_equals_its_numpy_twin(block: int, neighbours: int) -> None:
    torch.manual_seed(0)
    attention = BlockSparseAttention(8, 2, tokens=12, block=block, neighbours=neighbours)
    x = torch.randn(2, 12, 8)
    expected = np.stack([twin(attention, array(one)) for one in x])
    np.testing.assert_allclose(array(attention(x)), expected, atol=rounding(expected))


def test_a_band_over_all_blocks_is_needed_by_the_middle_one_only() -> None:
    """Three blocks, one neighbour: the middle block sees everything, as full attention does."""
    torch.manual_seed(0)
    sparse = BlockSparseAttention(8, 2, tokens=9, block=3)
    full = MultiHeadAttention(8, 2)
    full.load_state_dict(sparse.state_dict())
    x = torch.randn(1, 9, 8)
    torch.testing.assert_close(sparse(x)[:, 3:6], full(x)[:, 3:6], rtol=0, atol=1e-6)
    assert not torch.allclose(sparse(x)[:, :3], full(x)[:, :3], rtol=0, atol=1e-6)


def test_a_further_bias_is_added() -> None:
    torch.manual_seed(0)
    attention = BlockSparseAttention(8, 2, tokens=12, block=4)
    x = torch.randn(1, 12, 8)
    own = torch.full((1, 1, 1, 12), -30.0)
    own[..., 4:8] = 0  # nobody beyond the own block
    alone = BlockSparseAttention(8, 2, tokens=12, block=4, neighbours=0)
    alone.load_state_dict(attention.state_dict())
    torch.testing.assert_close(attention(x, own), alone(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize("block", [0, 5])
def test_blocks_that_do_not_divide_the_sequence_are_refused(block: int) -> None:
    with pytest.raises(ValueError, match=f"12 tokens do not split into blocks of {block}; pad"):
        BlockSparseAttention(8, 2, tokens=12, block=block)


@pytest.mark.parametrize("neighbours", [-1, 2])
def test_a_band_wider_than_the_sequence_is_refused(neighbours: int) -> None:
    with pytest.raises(ValueError, match=f"{neighbours} neighbours on each side make a band"):
        BlockSparseAttention(8, 2, tokens=12, block=4, neighbours=neighbours)
