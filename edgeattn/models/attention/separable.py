"""Separable attention: one query for the whole sequence, so cost is linear in its length."""

from __future__ import annotations

from torch import Tensor, nn

from edgeattn.models.attention.heads import MakeLinear


class SeparableAttention(nn.Module):
    """A softmax over the tokens weighs the keys into one context; it gates every token's value.

    out_i = W_out (ReLU(V_i) * sum over j of softmax(x w)_j K_j)

    Cost for N tokens of width C, in multiply-accumulates: 3 N C^2 + N C in the projections, N C
    for the context and N C for the gate, with N exponentials. There is one head.

    For int8, calibrate with many inputs: each one shows one context only, and a range from few of
    them cuts off the next.

    Source: Mehta and Rastegari 2022, "Separable Self-attention for Mobile Vision Transformers"
    (MobileViTv2), section 3.1, arXiv:2206.02680.

    >>> import torch
    >>> SeparableAttention(8)(torch.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, width: int, linear: MakeLinear = nn.Linear) -> None:
        """Make the projections.

        Args:
            width: Channels of a token.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
        """
        super().__init__()
        self.score = nn.Linear(width, 1)
        self.key_value = linear(width, 2 * width)
        self.out = linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Mix the tokens of each image; x and the result are [batch, tokens, width]."""
        weights = self.score(x).transpose(1, 2).softmax(-1)  # [batch, 1, tokens]
        k, v = self.key_value(x).chunk(2, dim=-1)  # 2 x [batch, tokens, width]
        context = weights @ k  # [batch, 1, width]
        out: Tensor = self.out(v.relu() * context)  # [batch, tokens, width]
        return out
