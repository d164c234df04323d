"""Linear attention with a ReLU for a kernel: no score matrix, no softmax."""

from __future__ import annotations

from torch import Tensor

from edgeattn.models.attention.heads import join_heads
from edgeattn.models.attention.multi_head import MultiHeadAttention

EPSILON = 1e-6
"""Added to sums that may be 0: a query or a feature that the ReLU left nothing of."""


class LinearAttention(MultiHeadAttention):
    """ReLU(Q) (ReLU(K)^T V), each row divided by ReLU(Q) times the sum of ReLU(K), per head.

    Cost for N tokens of width C in h heads, in multiply-accumulates: 4 N C^2 in the projections
    and 2 N C^2 / h in the core, no exponentials: linear in N, and cheaper than softmax attention
    where N is above C / h.

    The quotient is written so that nothing it is made of leaves the range of its own kind, which
    is what int8 needs: with m_d the mean of feature d of ReLU(K) over the tokens,

        share_id = ReLU(Q)_id m_d / sum_d' ReLU(Q)_id' m_d'       a row sums to 1
        value_d  = mean over j of (ReLU(K)_jd / m_d) V_j          a weighted mean of the values
        out_i    = sum over d of share_id value_d

    The product of the first two is the quotient above, exactly.

    Source: Cai et al. 2022, "EfficientViT", section 3.1, arXiv:2205.14756; after Katharopoulos et
    al. 2020, "Transformers are RNNs", arXiv:2006.16236.

    >>> import torch
    >>> LinearAttention(8, heads=2)(torch.zeros(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        """Mix the tokens of each image; x and the result are [batch, tokens, width]."""
        if bias is not None:
            raise ValueError("linear attention has no scores to add a bias to; leave bias out")
        q, k, v = self.project(x)  # 3 x [batch, heads, tokens, head_width]
        q, k = q.relu(), k.relu()
        mean = k.mean(2, keepdim=True)  # [batch, heads, 1, head_width]
        k = k / (mean + EPSILON)
        values = k.transpose(2, 3) @ v * (1 / x.shape[1])  # [batch, heads, head_width, head_width]
        share = q * mean  # [batch, heads, tokens, head_width]
        share = share / (share.sum(-1, keepdim=True) + EPSILON)
        out: Tensor = self.out(join_heads(share @ values))  # [batch, tokens, width]
        return out
