"""Additive attention of queries over a memory, a small network for a score."""

from __future__ import annotations

from torch import Tensor, nn

from edgeattn.models.attention.heads import MakeLinear


class BahdanauAttention(nn.Module):
    """score_ij = w tanh(W_q q_i + W_k m_j); a softmax of them weighs the memory for each query.

    Cost for N queries, M memory tokens, width C and A hidden channels, in multiply-accumulates:
    (N + M) C A in the projections, N M A for the scores and N M C for the mean; with N M A
    tanh and N M exponentials, so it suits few queries: one, learnt or the last state of a
    recurrent layer, pools a sequence.

    Source: Bahdanau et al. 2014, "Neural Machine Translation by Jointly Learning to Align and
    Translate", section 3.1 and appendix A.1.2, arXiv:1409.0473.

    >>> import torch
    >>> BahdanauAttention(8, hidden=4)(torch.zeros(2, 1, 8), torch.zeros(2, 7, 8)).shape
    torch.Size([2, 1, 8])
    """

    def __init__(
        self,
        width: int,
        *,
        hidden: int,
        query_width: int | None = None,
        linear: MakeLinear = nn.Linear,
    ) -> None:
        """Make the score.

        Args:
            width: Channels of the memory, and of the result.
            hidden: Channels inside the score.
            query_width: Channels of a query; `width` when None.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
        """
        super().__init__()
        if hidden < 1:
            raise ValueError(f"a score of {hidden} hidden channels says nothing; choose 1 or more")
        self.query = linear(width if query_width is None else query_width, hidden)
        self.key = linear(width, hidden)
        self.score = nn.Linear(hidden, 1, bias=False)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        """Return the mean of the memory that each query asks for.

        Args:
            query: [batch, queries, query_width].
            memory: [batch, tokens, width].

        Returns:
            [batch, queries, width].
        """
        pairs = self.query(query)[:, :, None] + self.key(memory)[:, None]
        scores = self.score(pairs.tanh()).squeeze(-1)  # [batch, queries, tokens]
        out: Tensor = scores.softmax(-1) @ memory  # [batch, queries, width]
        return out
