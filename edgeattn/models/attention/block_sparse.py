"""Attention along a band: each block of a sequence looks at itself and its neighbours."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.models.attention.heads import (
    MakeLinear,
    attention_weights,
    join_heads,
    split_heads,
)
from edgeattn.models.attention.multi_head import MultiHeadAttention
from edgeattn.models.attention.windowed import HIDDEN


class BlockSparseAttention(MultiHeadAttention):
    """Tokens in blocks of B; a block sees n blocks before it, itself, and n behind it.

    Cost for N tokens of width C, in multiply-accumulates: 4 N C^2 in the projections and
    2 N (2n + 1) B C in the core, with h N (2n + 1) B exponentials: linear in N. Nothing is sparse
    in memory: every block is a dense product, which is what engines run fast.

    Unlike windows, no edge cuts a block off from its neighbour. The first and last blocks see
    fewer tokens: what lies outside of the sequence is hidden.

    Source: Beltagy et al. 2020, "Longformer", section 3 and appendix A (sliding chunks),
    arXiv:2004.05150; after Child et al. 2019, "Sparse Transformers", arXiv:1904.10509.

    >>> BlockSparseAttention(8, heads=2, tokens=12, block=3)(torch.zeros(2, 12, 8)).shape
    torch.Size([2, 12, 8])
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        tokens: int,
        block: int,
        neighbours: int = 1,
        linear: MakeLinear = nn.Linear,
    ) -> None:
        """Make the layers.

        Args:
            width: Channels of a token.
            heads: How many heads share the width.
            tokens: Length of the sequence.
            block: Tokens of a block; it divides the length.
            neighbours: Blocks that a block sees on each side.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
        """
        super().__init__(width, heads, linear)
        self.hidden: Tensor
        if block < 1 or tokens % block:
            raise ValueError(f"{tokens} tokens do not split into blocks of {block}; pad them")
        blocks, band = tokens // block, 2 * neighbours + 1
        if neighbours < 0 or band > blocks:
            raise ValueError(
                f"{neighbours} neighbours on each side make a band of {band} blocks, and there are "
                f"{blocks}; choose fewer neighbours, smaller blocks, or MultiHeadAttention"
            )
        self.block, self.neighbours = block, neighbours
        seen = torch.arange(blocks)[:, None] + torch.arange(-neighbours, neighbours + 1)
        outside = (seen < 0) | (seen >= blocks)  # [blocks, band]
        hidden = (outside * HIDDEN).repeat_interleave(block, dim=1)[:, None, None]
        self.register_buffer("hidden", hidden, persistent=False)  # [blocks, 1, 1, band * block]

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        """Mix each token with the band around it; x and the result are [batch, tokens, width].

        Args:
            x: The tokens.
            bias: Added to the scores, broadcast to [batch * blocks, heads, B, (2n + 1) B].
        """
        q, k, v = self.qkv(x).chunk(3, dim=-1)  # 3 x [batch, tokens, width]
        q = split_heads(self._blocks(q), self.heads)  # [batch * blocks, heads, B, head_width]
        k, v = (split_heads(self._band(part), self.heads) for part in (k, v))
        hidden = self.hidden.repeat(len(x), 1, 1, 1)
        weights = attention_weights(q, k, hidden if bias is None else bias + hidden)
        mixed = join_heads(weights @ v)  # [batch * blocks, B, width]
        out: Tensor = self.out(torch.unflatten(mixed, 0, (len(x), -1)).flatten(1, 2))
        return out

    def _blocks(self, x: Tensor) -> Tensor:
        """Turn [batch, tokens, width] into [batch * blocks, B, width]."""
        return torch.unflatten(x, 1, (-1, self.block)).flatten(0, 1)

    def _band(self, x: Tensor) -> Tensor:
        """Return what each block sees: [batch * blocks, (2n + 1) B, width]."""
        # Rolled ahead by a block, the tokens of the block before lie where this one's were.
        steps = range(self.neighbours, -self.neighbours - 1, -1)
        return torch.cat([self._blocks(x.roll(step * self.block, 1)) for step in steps], dim=1)
