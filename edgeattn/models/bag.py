"""What the intent model is measured against: the same table of pieces, and no order at all.

    ids and mask                                             [tokens] each
      embedding   a row of a table for every piece           [tokens, 172]
      sum         of the rows, over the root of how many     [172]
      hidden      Linear, ReLU                               [256]
      classifier  Linear                                     [classes]

With its wider table it has as many parameters as `intent-banking77`, and a hundredth of the work.

Source: Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic Methods for Text
Classification"; the bag of fastText, Joulin et al. 2016, arXiv:1607.01759, with a layer more.
"""

from __future__ import annotations

from torch import Tensor, nn


class Bag(nn.Module):
    """The model above.

    >>> import torch
    >>> Bag(classes=77).eval()(torch.ones(2, 64).int(), torch.ones(2, 64)).shape
    torch.Size([2, 77])
    """

    any_length = True  # training cuts padding off, see edgeattn.training.lengths

    def __init__(
        self, *, classes: int = 77, pieces: int = 4096, width: int = 172, features: int = 256
    ) -> None:
        """Make the layers.

        Args:
            classes: How many.
            pieces: Rows of the table: the size of the vocabulary.
            width: Channels of a piece.
            features: Channels of the hidden layer.
        """
        super().__init__()
        self.embedding = nn.Embedding(pieces, width)
        nn.init.normal_(self.embedding.weight, std=0.02)  # as BERT's
        self.hidden = nn.Linear(width, features)
        self.classifier = nn.Linear(features, classes)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits [batch, classes] for ids and mask, both [batch, tokens]."""
        stands = mask.unsqueeze(2)  # [batch, tokens, 1]
        count = stands.sum(1).clamp_min(1)  # [batch, 1]; a row of nothing divides by 1
        bag = (self.embedding(ids) * stands).sum(1) / count.sqrt()  # [batch, width]
        logits: Tensor = self.classifier(self.hidden(bag).relu())  # [batch, classes]
        return logits
