"""Random calls: every shape, type and option at once, from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.runtime.kernels import reference
from tests.runtime.kernels.reference import Array


@dataclass(frozen=True)
class Case:
    """What to call the library with."""

    q: Array
    k: Array
    v: Array
    options: dict[str, Any] = field(default_factory=dict)

    def expected(self) -> Array:
        """Return float32 out by the kernel's arithmetic in NumPy."""
        groups = self.q.shape[1] // self.k.shape[1]
        k, v = (np.repeat(array, groups, axis=1) for array in (self.k, self.v))
        return reference.exact(self.q, k, v, **self.options)


def plain(heads: int, queries: int, keys: int, width: int, *, seed: int = 0) -> Case:
    """Return int8 tensors whose logits have a deviation of about 2, as trained heads have."""
    random = np.random.default_rng(seed)
    shapes = [(1, heads, queries, width)] + 2 * [(1, heads, keys, width)]
    q, k, v = (random.normal(0, 40, shape).clip(-127, 127).astype(np.int8) for shape in shapes)
    score_scale = np.float32(2 / (40 * 40 * width**0.5))
    return Case(q, k, v, {"score_scale": score_scale, "v_scale": np.float32(0.02)})


def drawn(seed: int) -> Case:
    """Return a call with everything drawn: lengths, types, zero points, scales, masks, bias."""
    random = np.random.default_rng(seed)

    def chance(share: float) -> bool:
        return bool(random.random() < share)

    def tensor(*shape: int) -> Array:
        if chance(0.5):
            return random.integers(-128, 128, shape).astype(np.int8)
        return random.integers(0, 256, shape).astype(np.uint8)

    batch, kv_heads, groups = (int(n) for n in random.integers(1, 3, 3))
    heads, queries = kv_heads * groups, int(random.integers(1, 40))
    keys = int(random.integers(1, 220))
    width, value_width = (int(n) for n in random.integers(1, 80, 2))
    q = tensor(batch, heads, queries, width)
    k, v = tensor(batch, kv_heads, keys, width), tensor(batch, kv_heads, keys, value_width)
    scale_count = heads if chance(0.5) else 1
    options: dict[str, Any] = {
        "score_scale": (10 ** random.uniform(-8, -1, scale_count)).astype(np.float32),
        "v_scale": np.float32(random.uniform(1e-3, 1)),
        "zero_points": tuple(
            int(random.integers(0, 256)) - (128 if array.dtype == np.int8 else 0)
            for array in (q, k, v)
        ),
        "planes": int(random.integers(1, 3)),
    }
    if chance(0.3):
        options["key_mask"] = random.integers(0, 2, (batch, keys)).astype(np.uint8)
    if chance(0.3):
        bias = random.normal(0, 3, (batch, heads, queries, keys)).astype(np.float32)
        bias[random.random(bias.shape) < 0.1] = random.choice([-np.inf, np.nan, np.inf, -1e4])
        options["bias"] = bias
    if chance(0.3):
        options |= {"causal": True, "causal_offset": int(random.integers(-queries, keys))}
    return Case(q, k, v, options)
