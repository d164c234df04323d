"""Two twins of the kernel in NumPy: float softmax of the same integers, and its own arithmetic.

`exact` follows runtime/kernels/src/exponential.hpp bit for bit, on tensors that are already
[batch, heads, rows, width] with as many heads in k and v as in q.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

MASKED = -(1 << 29)
NOTHING_SEEN = -(1 << 28)
LARGEST_BIAS = np.float32(1 << 26)


@dataclass(frozen=True)
class Tables:
    """One head's exponentials: weight by index, 256 or 4096 of them, and how to reach the index."""

    weights: Array  # int64, [levels]
    shift: int
    multiplier: int

    def weigh(self, below: Array) -> Array:
        """Return int64 weights of scores that lie `below` their row's maximum."""
        bounded = np.minimum(below >> self.shift, 32767)
        index = (bounded * self.multiplier + 16384) >> 15
        return np.asarray(self.weights[np.minimum(index, len(self.weights) - 1)])


def exp_of_minus(x: float) -> float:
    """Return exp(-x) in the library's order of operations."""
    if x > 700:
        return 0.0
    if x > 1:
        half = exp_of_minus(x / 2)
        return half * half
    total = term = 1.0
    before, i = 0.0, 0
    while total != before:
        i += 1
        term = term * -x / i
        before = total
        total += term
    return total


def entries(top: float, ratio: float) -> tuple[list[int], float]:
    """Return top * ratio**i for i of 0..15, rounded, at most 32767; and ratio**16."""
    found, power = [], 1.0
    for _ in range(16):
        x = top * power
        found.append(32767 if x >= 32767 else int(x + 0.5))
        power *= ratio
    return found, power


def tables(score_scale: float, planes: int) -> Tables:
    """Return the tables of one score scale."""
    levels = 256 if planes == 1 else 4096
    reach = 6.25 if planes == 1 else 4095 * math.log(2) / 256
    scale = max(score_scale, 2.0**-24)
    multiplier, shift = scale / (reach / (levels - 1)) * 32768, 0
    while multiplier < levels and shift < 30:
        multiplier, shift = multiplier * 2, shift + 1
    whole = max(1, int(min(multiplier, 32767)))
    step = scale * 32768 / whole * 2.0**shift
    fine, power = entries(254 if planes == 1 else 32639, exp_of_minus(step))
    if planes == 1:
        coarse, _ = entries(32768, power)
        weights = [(c * f + 16384) >> 15 for c in coarse for f in fine]
    else:
        middle, power = entries(32768, power)
        coarse = [*entries(32768, power)[0][:15], 0]
        some = [(m * f + 16384) >> 15 for m in middle for f in fine]
        weights = [(c * s + 16384) >> 15 for c in coarse for s in some]
    return Tables(np.array(weights), shift, whole)


def hidden(
    shape: tuple[int, ...], key_mask: Array | None, causal: bool, causal_offset: int
) -> Array:
    """Return where a mask hides a key: bool, [batch, heads, queries, keys]."""
    found = np.zeros(shape, bool)
    if key_mask is not None:
        found |= (key_mask == 0)[:, None, None, :]
    if causal:
        queries, keys = np.ogrid[: shape[2], : shape[3]]
        found |= keys > queries + causal_offset
    return found


def exact(
    q: Array,
    k: Array,
    v: Array,
    *,
    score_scale: Array,
    v_scale: Array,
    zero_points: tuple[int, int, int] = (0, 0, 0),
    key_mask: Array | None = None,
    bias: Array | None = None,
    causal: bool = False,
    causal_offset: int = 0,
    planes: int = 1,
) -> Array:
    """Return float32 out in the kernel's arithmetic; scales are float32, one or one per head."""
    batch, heads, queries, _ = q.shape
    keys, value_width = v.shape[2:]
    zq, _, zv = zero_points
    if v.dtype == np.uint8:  # the library reads uint8 as int8 of x - 128
        v, zv = v.astype(np.int64) - 128, zv - 128
    scales = np.broadcast_to(score_scale, heads)
    v_scales = np.broadcast_to(v_scale, heads)
    # The key's zero point adds one constant to a row, which no softmax sees.
    scores = (q.astype(np.int64) - zq) @ k.astype(np.int64).swapaxes(2, 3)
    covered = hidden(scores.shape, key_mask, causal, causal_offset)
    if bias is not None:
        steps = (bias * (np.float32(1) / scales)[:, None, None]).astype(np.float32)
        kept = steps > -LARGEST_BIAS  # false for NaN
        steps = np.rint(np.where(kept, np.minimum(steps, LARGEST_BIAS), 0)).astype(np.int64)
        scores += np.where(kept, steps, MASKED)
    scores = np.where(covered, MASKED, scores)
    out = np.zeros((batch, heads, queries, value_width), np.float32)
    for b, h in np.ndindex(batch, heads):
        if keys == 0:
            break
        largest = scores[b, h].max(axis=1, keepdims=True)
        weights = tables(float(scales[h]), planes).weigh(largest - scores[b, h])  # [queries, keys]
        total = weights.sum(axis=1, keepdims=True).astype(np.float32)
        factor = v_scales[h] / total
        shift = -v_scales[h] * np.float32(zv)
        if planes == 1:
            sums = (weights @ v[b, h].astype(np.int64)).astype(np.float32)
        else:
            high, low = (w @ v[b, h].astype(np.int64) for w in (weights >> 7, weights & 127))
            sums = high.astype(np.float32) * np.float32(128) + low.astype(np.float32)
        seen = largest >= NOTHING_SEEN
        out[b, h] = np.where(seen, sums * factor + shift, 0)
    return out


def real(
    q: Array,
    k: Array,
    v: Array,
    *,
    score_scale: Array,
    v_scale: Array,
    zero_points: tuple[int, int, int] = (0, 0, 0),
    key_mask: Array | None = None,
    bias: Array | None = None,
    causal: bool = False,
    causal_offset: int = 0,
) -> Array:
    """Return softmax attention of the same integers in float64; hidden rows give zeros."""
    zq, zk, zv = zero_points
    heads = q.shape[1]
    scores = (q.astype(float) - zq) @ (k.astype(float) - zk).swapaxes(2, 3)
    scores *= np.broadcast_to(score_scale, heads)[:, None, None]
    if bias is not None:
        scores = scores + bias
    scores = np.where(hidden(scores.shape, key_mask, causal, causal_offset), -np.inf, scores)
    largest = scores.max(axis=-1, keepdims=True, initial=-1e300)
    weights = np.exp(scores - largest)
    total = weights.sum(axis=-1, keepdims=True)
    values = (v.astype(float) - zv) * np.broadcast_to(v_scale, heads)[:, None, None]
    return np.asarray(weights @ values / np.where(total == 0, 1, total))


def sqnr_db(reference: Array, found: Array) -> float:
    """Return 10 log10(signal / noise)."""
    noise = float(((reference - found) ** 2).sum())
    return 10 * math.log10(float((reference**2).sum()) / max(noise, 1e-300))
