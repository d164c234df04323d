"""Tokens by their places: what pruning and merging take apart and put together with."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def kept_tokens(tokens: int, keep: float) -> int:
    """Return how many tokens a keep-rate leaves, rounded up.

    >>> kept_tokens(10, keep=0.7), kept_tokens(9, keep=0.5)
    (7, 5)
    """
    return math.ceil(round(tokens * keep, 6))  # 0.07 * 100 is 7.000000000000001


def rows(x: Tensor, places: Tensor) -> Tensor:
    """Return the tokens at some places, in the order of the places.

    One look-up over the tokens of all images: GATHER in TFLite and Gather in ONNX, where
    torch.gather would need a place for every channel.

    Args:
        x: [batch, tokens, width].
        places: int64 [batch, kept], 0 .. tokens - 1.

    Returns:
        [batch, kept, width].
    """
    batch, tokens = x.shape[:2]
    if batch > 1:
        places = places + tokens * torch.arange(batch, device=x.device)[:, None]
    found = x.flatten(0, 1).index_select(0, places.flatten())
    return torch.unflatten(found, 0, (batch, -1))


def largest(scores: Tensor, count: int) -> Tensor:
    """Return the places of the largest scores of each row, in the order of the places.

    Tokens keep their order, so that near ties decide who stays and never who stands where.

    Args:
        scores: [batch, tokens].
        count: How many places; static, so every later shape is.

    Returns:
        int64 [batch, count].
    """
    return scores.topk(count).indices.sort().values
