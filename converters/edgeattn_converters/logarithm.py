"""Which products end in a logarithm, and therefore stay float.

    log(x + e) has the error e / x: the logarithm asks for small values as exactly as for large ones

An integer has the same error everywhere, so the small values are lost. Measured on a log-mel front
end over recorded speech (docs/measurements/log-mel.md): samples in eight bits leave 16 dB of the
spectrogram, energies in eight bits 2 dB.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.operator_kind import kind

A = torch.ops.aten

LOGARITHMS = frozenset({A.log.default, A.log10.default, A.log2.default, A.log1p.default})

THROUGH = frozenset({"linear", "gemm", "conv", "matmul", "add", "mul", "cat", "layout"})
"""Kinds behind which small values are still small: sums and products, and what only moves them."""

ELEMENTWISE = frozenset(
    {A.square.default, A.pow.Tensor_Scalar, A.sqrt.default, A.abs.default, A.clamp.default,
     A.clamp_min.default, A.maximum.default, A.sub.Tensor, A.div.Tensor, A.sum.dim_IntList}
)  # fmt: skip
"""Operators of the same nature without a kind of their own."""


def meets_logarithm(node: fx.Node) -> bool:
    """Tell whether a logarithm is taken of what a node computes, squares and sums between."""
    waiting, seen = list(node.users), set()
    while waiting:
        user = waiting.pop()
        if user.target in LOGARITHMS:
            return True
        if user not in seen and (kind(user) in THROUGH or user.target in ELEMENTWISE):
            seen.add(user)
            waiting.extend(user.users)
    return False
