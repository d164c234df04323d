"""Attention variants, written as reshapes and matrix products so that every engine can run them."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

MakeLinear = Callable[[int, int], nn.Module]  # (in width, out width) -> the layer


class MultiHeadAttention(nn.Module):
    """Every token looks at every token: softmax(Q K^T / sqrt(head_width)) V, per head.

    Cost per image, in multiply-accumulates: 4 * tokens * width^2 in the projections, which gain
    from int8, and 2 * tokens^2 * width in the core, which gains nothing in today's engines; with
    heads * tokens^2 exponentials. Few tokens and few heads keep the core small.

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.

    >>> import torch
    >>> MultiHeadAttention(8, heads=2)(torch.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, width: int, heads: int, linear: MakeLinear = nn.Linear) -> None:
        """Make the projections.

        Args:
            width: Channels of a token.
            heads: How many heads share the width.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
        """
        super().__init__()
        if heads < 1 or width % heads:
            raise ValueError(f"width {width} does not split into {heads} heads; choose a divisor")
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.qkv = linear(width, 3 * width)
        self.out = linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Mix the tokens of each image; x and the result are [batch, tokens, width]."""
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.qkv(x).chunk(3, dim=-1)
        )  # 3 x [batch, heads, tokens, head_width]
        weights = (q * self.scale @ k.transpose(2, 3)).softmax(-1)  # [batch, heads, tokens, tokens]
        mixed = (weights @ v).transpose(1, 2)  # [batch, tokens, heads, head_width]
        out: Tensor = self.out(mixed.flatten(2))  # [batch, tokens, width]
        return out
