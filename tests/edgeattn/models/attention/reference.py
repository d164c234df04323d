"""The arithmetic of the variants in NumPy, float64, one image: what their twins are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

Array = NDArray[np.float64]


def array(x: Tensor) -> Array:
    return x.detach().numpy().astype(np.float64)


def dense(layer: Any, x: Array) -> Array:
    """A Linear on [..., in]."""
    assert isinstance(layer, nn.Linear)
    y = x @ array(layer.weight).T
    return y if layer.bias is None else y + array(layer.bias)


def softmax(scores: Array) -> Array:
    """Along the last axis."""
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def heads_of(x: Array, heads: int) -> list[Array]:
    """[tokens, heads * head_width] as one [tokens, head_width] per head."""
    return np.split(x, heads, axis=-1)


def queries_keys_values(attention: Any, x: Array) -> list[list[Array]]:
    """Of a merged projection: three lists with a [tokens, head_width] per head."""
    return [heads_of(part, attention.heads) for part in np.split(dense(attention.qkv, x), 3, -1)]


def weights_of(q: Array, k: Array, bias: Array | float = 0.0) -> Array:
    """Softmax attention of one head, [tokens, keys]."""
    return softmax(q @ k.T / np.sqrt(q.shape[-1]) + bias)


def inside_set(attention: Any, x: Array, bias: Array | float = 0.0) -> Array:
    """Every token of x sees every other one; bias is [heads, tokens, tokens] or 0."""
    q, k, v = queries_keys_values(attention, x)
    per_head = np.broadcast_to(bias, (attention.heads, len(x), len(x)))
    mixed = [weights_of(*qkb) @ values for *qkb, values in zip(q, k, per_head, v, strict=True)]
    return dense(attention.out, np.concatenate(mixed, axis=-1))


def rounding(expected: Array) -> float:
    """What float32 may be off: a hundred units in the last place of the largest number."""
    return 100 * float(np.finfo(np.float32).eps) * float(np.abs(expected).max())
