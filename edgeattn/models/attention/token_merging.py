"""Attention that merges the tokens which are most alike."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edgeattn.models.attention.additive import unit_length
from edgeattn.models.attention.heads import MakeLinear, attention_weights, join_heads
from edgeattn.models.attention.multi_head import MultiHeadAttention
from edgeattn.models.attention.rows import kept_tokens, rows


@dataclass(frozen=True, eq=False)
class Merge:
    """Which tokens become one: even ones may go into odd ones.

    Attributes:
        stay: Places among the even tokens that stay, int64 [batch, staying].
        go: Places among the even tokens that are merged away, int64 [batch, going].
        of_target: Share of an odd token in its mean, [batch, odd, 1].
        of_source: Share of each token that goes in each odd token's mean, [batch, odd, going].
        sizes: How many tokens each merged one stands for, [batch, staying + odd, 1].
    """

    stay: Tensor
    go: Tensor
    of_target: Tensor
    of_source: Tensor
    sizes: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """Turn [batch, tokens, width] into [batch, staying + odd, width]: the even ones first.

        Where nothing goes, x comes back as it is.
        """
        if not self.go.shape[1]:
            return x
        even, odd = x[:, ::2], x[:, 1::2]
        merged = odd * self.of_target + self.of_source @ rows(even, self.go)
        return _behind(self.stay, even, merged)


def _behind(stay: Tensor, even: Tensor, odd: Tensor) -> Tensor:
    """Return the even tokens that stay, and the odd ones behind; engines take no empty tensors."""
    return torch.cat([rows(even, stay), odd], dim=1) if stay.shape[1] else odd


class MergedAttention(MultiHeadAttention):
    """Multi-head attention whose output holds fewer tokens, similar ones merged into their mean.

    Even tokens look for the odd token whose keys, averaged over the heads, point most in their
    direction; the most alike pairs are merged. How many is fixed by the keep-rate r, so shapes are
    static; which ones depends on the input. A block merges its residual in the same way:

        mixed, merge = attention(norm(x), sizes)
        x, sizes = merge(x) + mixed, merge.sizes

    Cost for N tokens of width C in h heads, in multiply-accumulates: 3 N C^2 + r N C^2 in the
    projections, 2 N^2 C in the core, N^2 C / (4 h) for the likeness, and (1 - r) N^2 C / 2 each
    time something is merged, which is twice in a block; every layer behind it sees r N tokens. The
    parameters are those of MultiHeadAttention: a trained one can be merged as it is.

    Source: Bolya et al. 2022, "Token Merging: Your ViT But Faster", section 3, arXiv:2210.09461,
    with its proportional attention where sizes are given.

    >>> mixed, merge = MergedAttention(8, heads=2, keep=0.75)(torch.zeros(3, 8, 8))
    >>> mixed.shape, merge(torch.zeros(3, 8, 8)).shape
    (torch.Size([3, 6, 8]), torch.Size([3, 6, 8]))
    """

    def __init__(
        self, width: int, heads: int, *, keep: float, linear: MakeLinear = nn.Linear
    ) -> None:
        """Make the projections.

        Args:
            width: Channels of a token.
            heads: How many heads share the width.
            keep: Share of the tokens that remain, rounded up; pairs can halve them, not more.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
        """
        super().__init__(width, heads, linear)
        if not 0.5 <= keep <= 1:
            raise ValueError(
                f"keep is {keep}; merging in pairs leaves between 0.5 and 1 of the tokens, choose "
                "a share between, or several layers that merge"
            )
        self.keep = keep

    def forward(  # type: ignore[override]
        self, x: Tensor, sizes: Tensor | None = None
    ) -> tuple[Tensor, Merge]:
        """Mix the tokens of each image and merge similar ones.

        Args:
            x: [batch, tokens, width].
            sizes: How many tokens each one stands for, [batch, tokens, 1]; one each when None.

        Returns:
            The remaining tokens, [batch, kept, width], and how to merge what belongs to them.
        """
        q, k, v = self.project(x)  # 3 x [batch, heads, tokens, head_width]
        bias = None if sizes is None else sizes.log().squeeze(-1)[:, None, None]
        mixed = join_heads(attention_weights(q, k, bias) @ v)  # [batch, tokens, inside]
        merge = self._match(k.mean(1), torch.ones_like(x[..., :1]) if sizes is None else sizes)
        return self.out(merge(mixed)), merge

    def _match(self, keys: Tensor, sizes: Tensor) -> Merge:
        """Return how to merge, from one key per token [batch, tokens, head_width] and sizes."""
        batch, tokens = keys.shape[:2]
        going = tokens - kept_tokens(tokens, self.keep)
        if not going:
            none = torch.empty(batch, 0, dtype=torch.int64, device=keys.device)
            return Merge(none, none, sizes, sizes, sizes)
        keys = unit_length(keys, -1)
        even, odd = keys[:, ::2], keys[:, 1::2]
        alike = even @ odd.transpose(1, 2)  # [batch, even, odd]
        order = alike.amax(-1).topk(even.shape[1]).indices  # the most alike first, [batch, even]
        go, stay = order[:, :going], order[:, going:].sort().values

        partner = alike.argmax(-1, keepdim=True)  # [batch, even, 1]
        into = partner == torch.arange(odd.shape[1], device=keys.device)  # [batch, even, odd]
        of_even, of_odd = sizes[:, ::2], sizes[:, 1::2]
        given = rows(into.to(sizes.dtype) * of_even, go).transpose(1, 2)  # [batch, odd, going]
        total = of_odd + given.sum(-1, keepdim=True)  # [batch, odd, 1]
        return Merge(stay, go, of_odd / total, given / total, _behind(stay, of_even, total))
