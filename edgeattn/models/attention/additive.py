"""Efficient additive attention: products number by number instead of matrices of scores."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.models.attention.heads import MakeLinear

EPSILON = 1e-6
"""Added to a squared length, so that a token of zeros keeps its direction undefined but finite."""


class AdditiveAttention(nn.Module):
    """A learnt vector weighs the queries into one; it multiplies every key.

    a_i = Q_i w / sqrt(C), made a unit vector over the tokens; g = sum over i of a_i Q_i
    out_i = W_out (W_mix (g * K_i) + Q_i), with Q and K of unit length per token

    Cost for N tokens of width C, in multiply-accumulates: 4 N C^2 in the projections and 3 N C
    around the global query; no exponentials, one square root per token. There are no values and no
    heads: the paper finds that keys and queries suffice.

    Source: Shaker et al. 2023, "SwiftFormer", section 3.2, arXiv:2303.15446; unit lengths as in
    the authors' code. The form with a tanh per pair of tokens is BahdanauAttention.

    >>> AdditiveAttention(8)(torch.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, width: int, linear: MakeLinear = nn.Linear) -> None:
        """Make the projections.

        Args:
            width: Channels of a token.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
        """
        super().__init__()
        self.query = linear(width, width)
        self.key = linear(width, width)
        self.score = nn.Parameter(torch.randn(width, 1))
        self.mix = linear(width, width)
        self.out = linear(width, width)
        self.scale = width**-0.5

    def forward(self, x: Tensor) -> Tensor:
        """Mix the tokens of each image; x and the result are [batch, tokens, width]."""
        q, k = unit_length(self.query(x), -1), unit_length(self.key(x), -1)
        weights = unit_length((q * self.score.squeeze(1)).sum(-1, keepdim=True) * self.scale, 1)
        query = (weights * q).sum(1, keepdim=True)  # [batch, 1, width]
        out: Tensor = self.out(self.mix(query * k) + q)  # [batch, tokens, width]
        return out


def unit_length(x: Tensor, dim: int) -> Tensor:
    """Return x with length 1 along an axis: what functional.normalize gives, in plain operators."""
    return x * (x.square().sum(dim, keepdim=True) + EPSILON).rsqrt()
