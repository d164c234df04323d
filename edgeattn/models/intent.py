"""What somebody wants, from the pieces of a sentence: a small transformer, the whole on this page.

    ids and mask, [CLS] first                                       [tokens] each
      embedding   a row of a table for every piece                  [tokens, 128]
      phrase      convolution over three pieces, added              [tokens, 128]
      blocks      attention, then an MLP; once                      [tokens, 128]
      features    Linear, ReLU; their mean plus their maximum       [256]
      bag         the embeddings' sum, past all of that             [128]
      classifier  Linear over features and bag                      [classes]

Nine thousand sentences are few: a transformer alone learns them by heart. The bag is a linear model
of the pieces, which is what is hard to beat here (docs/measurements/text-baseline.md), the
convolution knows phrases as n-grams do (Kim 2014, arXiv:1408.5882), and the block adds what stands
further apart. The convolution knows the order, so that no table of positions is needed. What order
is worth is another question: on banking77 the bag of edgeattn.models.bag, which knows none, is as
often right (docs/measurements/intents.md).

A piece's row is looked up in float; whatever multiplies runs in int8. Padding has mask 0 and adds
nothing anywhere: a sentence in a longer row has the same logits.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.models.attention import MultiHeadAttention

HIDDEN = -30.0
"""Added to the scores of padding: exp(-30) is nothing, and int8 has levels left for the others."""


class Block(nn.Module):
    """Attention between the pieces that stand, then an MLP on each, both added to x."""

    def __init__(self, width: int, *, heads: int, mlp_ratio: int) -> None:
        """Make the layers; each half begins with a LayerNorm (pre-norm, Xiong et al. 2020)."""
        super().__init__()
        self.before_attention = nn.LayerNorm(width)
        self.attention = MultiHeadAttention(width, heads)
        self.before_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, width * mlp_ratio), nn.ReLU(), nn.Linear(width * mlp_ratio, width)
        )

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Return the new tokens; x [batch, tokens, width], bias [batch, 1, 1, tokens]."""
        x = x + self.attention(self.before_attention(x), bias)
        x = x + self.mlp(self.before_mlp(x))
        return x


class Intent(nn.Module):
    """The model above.

    >>> Intent(classes=77).eval()(torch.ones(2, 64).int(), torch.ones(2, 64)).shape
    torch.Size([2, 77])
    """

    any_length = True  # training cuts padding off, see edgeattn.training.lengths

    def __init__(
        self,
        *,
        classes: int = 77,
        pieces: int = 4096,
        width: int = 128,
        features: int = 256,
        depth: int = 1,
        heads: int = 4,
        mlp_ratio: int = 2,
    ) -> None:
        """Make the layers.

        Args:
            classes: How many intents.
            pieces: Rows of the table: the size of the vocabulary.
            width: Channels of a token.
            features: What is looked for in each token before they are pooled.
            depth: Transformer blocks.
            heads: Heads of each block's attention.
            mlp_ratio: How much wider an MLP is inside.
        """
        super().__init__()
        self.embedding = nn.Embedding(pieces, width)
        nn.init.normal_(self.embedding.weight, std=0.02)  # as BERT's
        self.phrase = nn.Conv1d(width, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            Block(width, heads=heads, mlp_ratio=mlp_ratio) for _ in range(depth)
        )
        self.last_norm = nn.LayerNorm(width)
        self.features = nn.Linear(width, features)
        self.classifier = nn.Linear(features + width, classes)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits [batch, classes].

        Args:
            ids: Numbers of pieces, integers [batch, tokens].
            mask: 1 where a piece stands, 0 at padding, [batch, tokens].
        """
        stands = mask.unsqueeze(2)  # [batch, tokens, 1]
        count = stands.sum(1).clamp_min(1)  # [batch, 1]; a row of nothing divides by 1
        pieces = self.embedding(ids) * stands  # [batch, tokens, width]
        x = pieces + self.phrase(pieces.transpose(1, 2)).relu().transpose(1, 2)
        bias = ((1 - mask) * HIDDEN)[:, None, None]  # [batch, 1, 1, tokens]
        for block in self.blocks:
            x = block(x, bias)  # [batch, tokens, width]
        found = self.features(self.last_norm(x)).relu() * stands  # [batch, tokens, features]
        features = found.sum(1) / count + found.amax(1)  # [batch, features]
        bag = pieces.sum(1) / count.sqrt()  # [batch, width]; a sum of n vectors grows as sqrt(n)
        logits: Tensor = self.classifier(torch.cat([features, bag], 1))
        return logits
