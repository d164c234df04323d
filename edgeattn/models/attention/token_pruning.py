"""Attention that keeps the tokens which are looked at, and drops the others for good."""

from __future__ import annotations

from torch import Tensor, nn

from edgeattn.models.attention.heads import MakeLinear, attention_weights, join_heads
from edgeattn.models.attention.multi_head import MultiHeadAttention
from edgeattn.models.attention.rows import kept_tokens, largest, rows


class PrunedAttention(MultiHeadAttention):
    """Multi-head attention whose output holds the most attended tokens only.

    A token's score is the attention it receives, the mean over heads and queries. How many stay is
    fixed by the keep-rate r, so shapes are static and the graph exports; which ones stay depends
    on the input. A block adds the residual of those that stay:

        mixed, places = attention(norm(x))
        x = rows(x, places) + mixed

    Cost for N tokens of width C, in multiply-accumulates: 3 N C^2 + r N C^2 in the projections
    (the last one sees kept tokens only), 2 N^2 C in the core, h N^2 additions for the scores; every
    layer behind it sees r N tokens. The parameters are those of MultiHeadAttention: a trained one
    can be pruned as it is.

    Source: Goyal et al. 2020, "PoWER-BERT", section 3.2 (the score), arXiv:2001.08950; Liang et
    al. 2022, "EViT", arXiv:2202.07800, scores by the class token alone.

    >>> import torch
    >>> mixed, places = PrunedAttention(8, heads=2, keep=0.5)(torch.zeros(3, 6, 8))
    >>> mixed.shape, places.shape
    (torch.Size([3, 3, 8]), torch.Size([3, 3]))
    """

    def __init__(
        self, width: int, heads: int, *, keep: float, linear: MakeLinear = nn.Linear
    ) -> None:
        """Make the projections.

        Args:
            width: Channels of a token.
            heads: How many heads share the width.
            keep: Share of the tokens that stay, rounded up; 0 < keep <= 1.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
        """
        super().__init__(width, heads, linear)
        if not 0 < keep <= 1:
            raise ValueError(f"keep is {keep}; choose a share of the tokens above 0, at most 1")
        self.keep = keep

    def forward(  # type: ignore[override]
        self, x: Tensor, bias: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mix the tokens of each image and keep the most attended ones.

        Args:
            x: [batch, tokens, width].
            bias: Added to the scores, broadcast to [batch, heads, tokens, tokens].

        Returns:
            The kept tokens, [batch, kept, width], and their places in x, int64 [batch, kept], in
            ascending order.
        """
        q, k, v = self.project(x)  # 3 x [batch, heads, tokens, head_width]
        weights = attention_weights(q, k, bias)  # [batch, heads, tokens, tokens]
        mixed = join_heads(weights @ v)  # [batch, tokens, heads * head_width]
        received = weights.mean((1, 2))  # [batch, tokens]
        places = largest(received, kept_tokens(x.shape[1], self.keep))
        return self.out(rows(mixed, places)), places
