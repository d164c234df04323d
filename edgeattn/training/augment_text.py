"""Sentences of which some pieces were not understood."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

UNKNOWN, FIRST_PIECE = 1, 4  # as in edgeattn.data.wordpiece: ids 0 to 3 are special


def drop_tokens(ids: Tensor, rate: float, generator: Generator) -> Tensor:
    """Return `ids` [batch, length] with each piece unknown by chance; special ones stay.

    The length stays as it is, and so does the mask. A model that has seen gaps leans on more than
    one word.

    Source: word dropout, Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic Methods
    for Text Classification".
    """
    if not 0 <= rate < 1:
        raise ValueError(f"a share of {rate} pieces cannot be dropped; give 0 to below 1")
    chance = torch.rand(ids.shape, generator=generator)
    return ids.masked_fill((chance < rate) & (ids >= FIRST_PIECE), UNKNOWN)
