"""Attention from one sequence to another, of other length and width: two modalities."""

from __future__ import annotations

from torch import Tensor, nn

from edgeattn.models.attention.heads import (
    MakeLinear,
    attention_weights,
    join_heads,
    split_heads,
    width_of_head,
)


class CrossAttention(nn.Module):
    """Tokens ask, a memory answers: softmax(Q K^T / sqrt(head_width)) V, K and V from the memory.

    Cost for N tokens of width C and M memory tokens of width D, in multiply-accumulates:
    2 N C^2 + 2 M C D in the projections, 2 N M C in the core, with h N M exponentials. Keys and
    values of a memory that stays, such as a prompt, can be computed once.

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.3, arXiv:1706.03762; with
    two modalities, Lu et al. 2019, "ViLBERT", arXiv:1908.02265.

    >>> import torch
    >>> ask = CrossAttention(8, heads=2, memory_width=6)
    >>> ask(torch.zeros(3, 5, 8), torch.zeros(3, 7, 6)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        memory_width: int | None = None,
        linear: MakeLinear = nn.Linear,
    ) -> None:
        """Make the projections.

        Args:
            width: Channels of the tokens that ask, and of the result.
            heads: How many heads share the width.
            memory_width: Channels of the tokens that answer; `width` when None.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
        """
        super().__init__()
        width_of_head(width, heads)
        self.heads = heads
        self.query = linear(width, width)
        self.key_value = linear(width if memory_width is None else memory_width, 2 * width)
        self.out = linear(width, width)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor | None = None) -> Tensor:
        """Return what each token learns from the memory.

        Args:
            x: [batch, tokens, width].
            memory: [batch, memory tokens, memory_width].
            bias: Added to the scores, broadcast to [batch, heads, tokens, memory tokens]; -30
                hides a memory token, such as padding.

        Returns:
            [batch, tokens, width].
        """
        q = split_heads(self.query(x), self.heads)  # [batch, heads, tokens, head_width]
        k, v = (split_heads(part, self.heads) for part in self.key_value(memory).chunk(2, dim=-1))
        mixed = attention_weights(q, k, bias) @ v  # [batch, heads, tokens, head_width]
        out: Tensor = self.out(join_heads(mixed))  # [batch, tokens, width]
        return out
