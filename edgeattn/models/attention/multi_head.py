"""Softmax attention of several heads between all tokens."""

from __future__ import annotations

from torch import Tensor, nn

from edgeattn.models.attention.heads import (
    MakeLinear,
    attention_weights,
    join_heads,
    split_heads,
    width_of_head,
)


class MultiHeadAttention(nn.Module):
    """Every token looks at every token: softmax(Q K^T / sqrt(head_width)) V, per head.

    Cost per image of N tokens, width C, h heads, in multiply-accumulates: 4 N C^2 in the
    projections, which gain from int8, and 2 N^2 C in the core, which gains nothing in today's
    engines; with h N^2 exponentials. Few tokens and few heads keep the core small.

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2, arXiv:1706.03762.

    >>> import torch
    >>> MultiHeadAttention(8, heads=2)(torch.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(
        self,
        width: int,
        heads: int,
        linear: MakeLinear = nn.Linear,
        *,
        head_width: int | None = None,
    ) -> None:
        """Make the projections.

        Args:
            width: Channels of a token.
            heads: How many heads share the width.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
            head_width: Channels of a head where heads were pruned; width / heads when None.
        """
        super().__init__()
        if head_width is None:
            head_width = width_of_head(width, heads)
        if min(heads, head_width) < 1:
            raise ValueError(
                f"{heads} heads of {head_width} channels attend to nothing; keep at least one each"
            )
        self.heads = heads
        inside = heads * head_width
        self.qkv = linear(width, 3 * inside)
        self.out = linear(inside, width)

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values of x, each [batch, heads, tokens, head_width]."""
        q, k, v = (split_heads(part, self.heads) for part in self.qkv(x).chunk(3, dim=-1))
        return q, k, v

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        """Mix the tokens of each image; x and the result are [batch, tokens, width].

        Args:
            x: The tokens.
            bias: Added to the scores, broadcast to [batch, heads, tokens, tokens].
        """
        q, k, v = self.project(x)  # 3 x [batch, heads, tokens, head_width]
        mixed = attention_weights(q, k, bias) @ v  # [batch, heads, tokens, head_width]
        out: Tensor = self.out(join_heads(mixed))  # [batch, tokens, width]
        return out
