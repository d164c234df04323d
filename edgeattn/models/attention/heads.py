"""What the variants share: the width in heads, and softmax attention between heads that stand."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

MakeLinear = Callable[[int, int], nn.Module]  # (in width, out width) -> the layer


def width_of_head(width: int, heads: int) -> int:
    """Return how many channels each head gets, or refuse.

    >>> width_of_head(12, heads=3)
    4
    """
    if heads < 1 or width % heads:
        raise ValueError(f"width {width} does not split into {heads} heads; choose a divisor")
    return width // heads


def split_heads(x: Tensor, heads: int) -> Tensor:
    """Turn [batch, tokens, heads * head_width] into [batch, heads, tokens, head_width]."""
    return torch.unflatten(x, -1, (heads, -1)).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """Turn [batch, heads, tokens, head_width] into [batch, tokens, heads * head_width]."""
    return x.transpose(1, 2).flatten(2)


def attention_weights(query: Tensor, key: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return softmax(Q K^T / sqrt(head_width) + bias).

    Args:
        query: [batch, heads, tokens, head_width].
        key: [batch, heads, keys, head_width].
        bias: Added to the scores, broadcast to [batch, heads, tokens, keys]; -30 hides a key.

    Returns:
        [batch, heads, tokens, keys]; each row sums to 1.
    """
    scores = query * query.shape[-1] ** -0.5 @ key.transpose(2, 3)
    weights: Tensor = (scores if bias is None else scores + bias).softmax(-1)
    return weights
